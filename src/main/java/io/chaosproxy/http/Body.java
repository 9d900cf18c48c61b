package io.chaosproxy.http;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks along a message body as it passes and tells its payload from its framing.
 *
 * <p>One object serves one direction of one connection, on that direction's thread: {@link #begin} with each head, then
 * {@link #next} for whatever bytes are there. It keeps no bytes and changes none, and any split of the body will do,
 * down to single bytes. After a {@link BadMessage} it is of no use until it begins anew.
 */
final class Body {
    /** Names in lower case that a reader may merge into the head, where they frame or route: RFC 9110 §6.5.1. */
    private static final List<String> FORBIDDEN = List.of("content-length", "transfer-encoding", "host");

    /** Status of an error in the body of a request. */
    private static final int REQUEST = 400;

    /** State of the parser: what comes next. */
    enum Run {
        /** Payload, {@link #length} bytes of it. */
        CONTENT,
        /** Chunk-size lines, line ends after chunks, the last chunk and the trailer section: {@link #length} bytes. */
        FRAMING,
        /** No bytes are left to look at, and the body goes on. */
        MORE,
        /** The body is over; bytes that are left belong to the next message. */
        COMPLETE
    }

    /** Where the next byte of a chunked body stands, RFC 9112 §7.1. */
    private enum Place {
        SIZE_START,
        SIZE,
        PADDING,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER_START,
        TRAILER_NAME,
        TRAILER,
        TRAILER_LF,
        LAST_LF
    }

    /** The longest chunk-size line, extensions and line end included. */
    private static final int MAX_SIZE_LINE = 16 * 1024;

    private final int maxTrailers;
    private final boolean strict;

    private Framing framing = Framing.NONE;
    private Place place = Place.DATA;
    private int blame = 400;
    private long announced = -1;
    private boolean complete = true;
    private int length;

    /** Payload bytes to come in this body or chunk. */
    private long left;

    /** Bytes of the name of this trailer so far. */
    private int nameLength;

    /** A bit for each of the forbidden names that begin like it. */
    private int alike;

    /** Whether the chunk size has a digit yet. */
    private boolean sized;

    /** Bytes of the chunk-size line or trailer section so far. */
    private int section;

    /** The error that the next byte is; what stood before it is told first. */
    private @Nullable BadMessage error;

    /**
     * A tracker of bodies.
     *
     * @param maxTrailers the most bytes that a trailer section may have, its empty line included
     * @param strict whether lines in chunked framing end with CRLF alone, and trailers have to be field lines
     */
    Body(int maxTrailers, boolean strict) {
        this.maxTrailers = maxTrailers;
        this.strict = strict;
    }

    /** Begins the body that belongs to this request. */
    void begin(RequestHead head) throws BadMessage {
        begin(Framing.of(head), head, REQUEST);
    }

    /** Begins the body that belongs to this response to a request with that method. */
    void begin(ResponseHead head, String method) throws BadMessage {
        begin(Framing.of(head, method), head, 502);
    }

    private void begin(Framing framing, Head head, int blame) throws BadMessage {
        this.framing = framing;
        this.blame = blame;
        announced = framing == Framing.LENGTH ? Framing.lengthOf(head) : -1;
        left = switch (framing) {
            case NONE, CHUNKED -> 0;
            case LENGTH -> announced;
            case UNTIL_CLOSE, TUNNEL -> Long.MAX_VALUE;
        };
        place = framing == Framing.CHUNKED ? Place.SIZE_START : Place.DATA;
        complete = framing != Framing.CHUNKED && left == 0;
        sized = false;
        section = 0;
        length = 0;
        error = null;
    }

    /**
     * Says what the bytes from the buffer's position on are, as far as they are of one kind.
     *
     * <p>The position stays; the caller passes {@link #length} bytes on before it asks again.
     *
     * @throws BadMessage if the byte at the position breaks the framing; all before it has been told, so that what is
     *     handed on doesn't depend on how the bytes were cut into packets
     */
    Run next(ByteBuffer bytes) throws BadMessage {
        length = 0;
        if (error != null) {
            throw error;
        }
        if (complete) {
            return Run.COMPLETE;
        }
        if (!bytes.hasRemaining()) {
            return Run.MORE;
        }
        if (place != Place.DATA) {
            passFraming(bytes);
            return Run.FRAMING;
        }
        length = (int) Math.min(left, bytes.remaining());
        left -= length;
        if (left == 0) {
            if (framing == Framing.CHUNKED) {
                place = Place.DATA_CR;
            } else {
                complete = true;
            }
        }
        return Run.CONTENT;
    }

    /** How many of the next bytes are certainly payload, with more to follow in this body or chunk. */
    long certain() {
        return error == null && !complete && place == Place.DATA ? left - 1 : 0;
    }

    /** The last bytes of the run last told will be looked at again. Only of payload that is not the last. */
    void takeBack(int bytes) {
        left += bytes;
    }

    /** The bytes of the run last told; 0 for {@link Run#MORE} and {@link Run#COMPLETE}. */
    int length() {
        return length;
    }

    Framing framing() {
        return framing;
    }

    /** Whether the last byte of the body has been seen. */
    boolean complete() {
        return complete;
    }

    /** Whether all payload has been told, though bytes that frame its end may follow: the last chunk and trailers. */
    boolean payloadOver() {
        return complete
                || switch (place) {
                    case TRAILER_START, TRAILER_NAME, TRAILER, TRAILER_LF, LAST_LF -> true;
                    case SIZE_START, SIZE, PADDING, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF -> false;
                };
    }

    /** Whether more payload of this body or chunk is announced behind the run last told. */
    boolean payloadFollows() {
        return place == Place.DATA && left > 0 && !endsWithConnection();
    }

    /** The {@code Content-Length} that frames this body, or -1. */
    long announced() {
        return announced;
    }

    /** Whether only the end of the connection ends this body, so that no message can follow it. */
    boolean endsWithConnection() {
        return framing == Framing.UNTIL_CLOSE || framing == Framing.TUNNEL;
    }

    /** Takes the end of the stream as the end of the body: an error if the body should have come to its own end. */
    void endOfStream() throws BadMessage {
        if (complete || endsWithConnection()) {
            complete = true;
            return;
        }
        throw bad( // RFC 9112 §8
                switch (place) {
                    case DATA ->
                        framing == Framing.LENGTH
                                ? "stream ended with " + left + " of " + announced + " body bytes missing"
                                : "stream ended with " + left + " bytes of a chunk missing";
                    case DATA_CR, DATA_LF, SIZE_START, SIZE, PADDING, EXTENSION, SIZE_LF ->
                        "stream ended between chunks with the last chunk missing";
                    case TRAILER_START, TRAILER_NAME, TRAILER, TRAILER_LF, LAST_LF ->
                        "stream ended with the end of the trailer section missing";
                });
    }

    private void passFraming(ByteBuffer bytes) throws BadMessage {
        int at = bytes.position();
        int end = bytes.limit();
        try {
            while (at < end && place != Place.DATA && !complete) {
                place = step(bytes.get(at) & 0xFF);
                at++;
            }
        } catch (BadMessage e) {
            if (at == bytes.position()) {
                throw e;
            }
            error = e;
        }
        length = at - bytes.position();
    }

    /**
     * The place after this byte. Lines end with CRLF and nothing else here if the reader is strict: the leave to take a bare LF
     * for a line end (RFC 9112 §2.2) does not extend to chunks, and readers that differ on it are being attacked through it.
     */
    private Place step(int b) throws BadMessage {
        if (b == '\n' && !strict) {
            place = lineFeedAlone();
        }
        return switch (place) {
            case SIZE_START, SIZE -> size(b);
            case PADDING -> {
                if (b == '\r'
                        && strict
                        && blame == REQUEST) { // BWS is a part of the extension behind it, RFC 9112 §7.1.1
                    throw bad("chunk size is followed by a blank");
                }
                yield afterSize(b);
            }
            case EXTENSION -> {
                count(MAX_SIZE_LINE, "chunk-size line");
                yield b == '\r' ? Place.SIZE_LF : text(b, Place.EXTENSION);
            }
            case SIZE_LF -> {
                lineFeed(b);
                section = 0;
                yield left == 0 ? Place.TRAILER_START : Place.DATA;
            }
            case DATA_CR -> {
                if (b != '\r') {
                    throw bad("chunk data is not followed by CRLF but by " + Syntax.show(b));
                }
                yield Place.DATA_LF;
            }
            case DATA_LF -> {
                lineFeed(b);
                sized = false;
                yield Place.SIZE_START;
            }
            case TRAILER_START -> {
                count(maxTrailers, "trailer section");
                yield b == '\r' ? Place.LAST_LF : strict ? trailerName(b, true) : text(b, Place.TRAILER);
            }
            case TRAILER_NAME -> {
                count(maxTrailers, "trailer section");
                yield trailerName(b, false);
            }
            case TRAILER -> {
                count(maxTrailers, "trailer section");
                yield b == '\r' ? Place.TRAILER_LF : text(b, Place.TRAILER);
            }
            case TRAILER_LF -> {
                count(maxTrailers, "trailer section");
                lineFeed(b);
                yield Place.TRAILER_START;
            }
            case LAST_LF -> {
                count(maxTrailers, "trailer section");
                lineFeed(b);
                complete = true;
                yield Place.LAST_LF;
            }
            case DATA -> throw new IllegalStateException("chunk data is not framing");
        };
    }

    private Place size(int b) throws BadMessage {
        int digit = Syntax.hexDigit(b);
        if (digit < 0) {
            if (!sized) {
                throw bad("chunk size begins with " + Syntax.show(b));
            }
            return afterSize(b);
        }
        count(MAX_SIZE_LINE, "chunk-size line");
        if (left > Long.MAX_VALUE >> 4) { // the value is bounded, not its digits: zeros may lead, RFC 9112 §7.1
            throw bad("chunk size overflows");
        }
        sized = true;
        left = (left << 4) | digit;
        return Place.SIZE;
    }

    /** Blanks may follow the size, and then an extension, RFC 9112 §7.1.1. */
    private Place afterSize(int b) throws BadMessage {
        count(MAX_SIZE_LINE, "chunk-size line");
        return switch (b) {
            case ' ', '\t' -> Place.PADDING;
            case ';' -> Place.EXTENSION;
            case '\r' -> Place.SIZE_LF;
            default -> throw bad("chunk size is followed by " + Syntax.show(b));
        };
    }

    /** Where a bare LF stands for the line end that it would have ended with its CR. */
    private Place lineFeedAlone() {
        return switch (place) {
            case SIZE_START -> Place.SIZE_START; // no size yet
            case SIZE, PADDING, EXTENSION, SIZE_LF -> Place.SIZE_LF;
            case DATA_CR, DATA_LF -> Place.DATA_LF;
            case TRAILER_START, LAST_LF -> Place.LAST_LF;
            case TRAILER_NAME, TRAILER, TRAILER_LF -> Place.TRAILER_LF;
            case DATA -> Place.DATA;
        };
    }

    /** A byte of a trailer's name, or the colon behind it: trailers are field lines, RFC 9112 §7.1.2. */
    private Place trailerName(int b, boolean first) throws BadMessage {
        if (first) {
            nameLength = 0;
            alike = ~0;
        }
        if (Syntax.isTokenChar(b)) {
            compare(b);
            nameLength++;
            return Place.TRAILER_NAME;
        }
        if (b == ':' && !first) {
            checkTrailer();
            return Place.TRAILER;
        }
        throw bad(b == '\r' ? "trailer without a colon" : "trailer name contains " + Syntax.show(b));
    }

    private void compare(int b) {
        for (int i = 0; i < FORBIDDEN.size(); i++) {
            String name = FORBIDDEN.get(i);
            if (nameLength >= name.length() || Character.toLowerCase(b) != name.charAt(nameLength)) {
                alike &= ~(1 << i);
            }
        }
    }

    private void checkTrailer() throws BadMessage {
        for (int i = 0; i < FORBIDDEN.size(); i++) {
            if ((alike & 1 << i) != 0 && nameLength == FORBIDDEN.get(i).length()) {
                throw bad(FORBIDDEN.get(i) + " in a trailer");
            }
        }
    }

    private Place text(int b, Place next) throws BadMessage {
        if (b == '\n' || b == 0) {
            throw bad((b == 0 ? "NUL" : "bare LF") + " in the framing of a chunked body");
        }
        return next;
    }

    private void lineFeed(int b) throws BadMessage {
        if (b != '\n') {
            throw bad("bare CR in the framing of a chunked body");
        }
    }

    private void count(int limit, String what) throws BadMessage {
        if (++section > limit) {
            throw bad(what + " is longer than " + limit + " bytes");
        }
    }

    private BadMessage bad(String reason) {
        return new BadMessage(blame, reason);
    }
}
