package io.chaosproxy.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Offer of a client in the first message of a TLS handshake (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2), read without decrypting.
 *
 * <p>Values that exist only so that servers learn to ignore them (GREASE, RFC 8701) are left out. Under Encrypted Client Hello
 * (RFC 9849) this is the outer message, with the public name of the provider.
 *
 * @param serverName the name of the server in lower case (SNI, RFC 6066 §3), if there is one
 * @param protocols what is offered for the layer above (ALPN, RFC 7301), the preferred one first
 * @param versions the numbers of the offered versions, such as 0x0304 for TLS 1.3, the preferred one first
 * @param encrypted whether an inner message is encrypted in it
 */
public record ClientHello(
        Optional<String> serverName, List<String> protocols, List<Integer> versions, boolean encrypted) {
    /** Upper bound for the bytes that a message may take with the headers of its records, however small these are. */
    public static final int MAX_BYTES = 64 * 1024;

    private static final int HANDSHAKE = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEADER = 5;
    private static final int MESSAGE_HEADER = 4;
    private static final int MAX_RECORD = 16 * 1024;
    private static final int RANDOM = 32;

    /** Letters, digits, hyphens, dots; the underscore and the colons of an address are sent in spite of RFC 6066 §3. */
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_.:-]{1,255}");

    private static final int SERVER_NAME = 0;
    private static final int ALPN = 16;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int ENCRYPTED_HELLO = 0xfe0d;

    /** Result of reading the first bytes of a connection. */
    public sealed interface Result {
        /**
         * The beginning of a message.
         *
         * @param atLeast bytes from the beginning without which the answer would be the same
         */
        record NeedMore(int atLeast) implements Result {}

        /** Something else than TLS. */
        record NotTls() implements Result {}

        /**
         * A handshake record whose content is no valid ClientHello, or one that exceeds {@link #MAX_BYTES}.
         *
         * @param reason what is wrong, for a log
         */
        record Malformed(String reason) implements Result {}

        /** A whole message. */
        record Found(ClientHello hello) implements Result {}
    }

    /** Copies the lists. */
    public ClientHello {
        protocols = List.copyOf(protocols);
        versions = List.copyOf(versions);
    }

    /** Examines the first bytes of a connection, from position to limit, and leaves them as they are. Throws nothing. */
    public static Result parse(ByteBuffer peeked) {
        ByteBuffer bytes = peeked.slice().order(ByteOrder.BIG_ENDIAN);
        if (!bytes.hasRemaining()) {
            return new Result.NeedMore(1);
        }
        try {
            return message(bytes.limit(Math.min(bytes.limit(), MAX_BYTES)));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return new Result.Malformed("a length in it exceeds what is there");
        }
    }

    /** Puts the message together from its records. */
    private static Result message(ByteBuffer bytes) {
        ByteBuffer message = ByteBuffer.allocate(bytes.limit());
        int start = 0;
        while (start < bytes.limit()) {
            Optional<Result> wrong = checkHeader(bytes, start);
            if (wrong.isPresent()) {
                return wrong.get();
            }
            if (bytes.limit() - start < RECORD_HEADER) {
                break;
            }
            int length = length(bytes, start);
            start += RECORD_HEADER;
            message.put(bytes.slice(start, Math.min(length, bytes.limit() - start)));
            start += length;
            if (message.position() > 0 && message.get(0) != CLIENT_HELLO) {
                return new Result.Malformed("its first message is another one");
            }
            if (message.position() >= MESSAGE_HEADER) {
                int missing = MESSAGE_HEADER + (message.getInt(0) & 0xff_ffff) - message.position();
                if (missing <= 0) {
                    return read(message.flip());
                }
                if (start >= bytes.limit()) {
                    return needMore(bytes.limit() + missing);
                }
            }
        }
        return needMore(bytes.limit() + 1);
    }

    private static Result needMore(int atLeast) {
        return atLeast <= MAX_BYTES
                ? new Result.NeedMore(atLeast)
                : new Result.Malformed("it exceeds " + MAX_BYTES + " bytes");
    }

    /** Defect of the part of a record's header that is there. */
    private static Optional<Result> checkHeader(ByteBuffer bytes, int start) {
        int there = bytes.limit() - start;
        boolean handshake = bytes.get(start) == HANDSHAKE
                && (there < 2 || bytes.get(start + 1) == 3)
                && (there < RECORD_HEADER || (length(bytes, start) > 0 && length(bytes, start) <= MAX_RECORD));
        if (handshake) {
            return Optional.empty();
        }
        return Optional.of(
                start == 0 ? new Result.NotTls() : new Result.Malformed("a record in it isn't one of a handshake"));
    }

    private static int length(ByteBuffer bytes, int start) {
        return bytes.getShort(start + 3) & 0xffff;
    }

    private static Result read(ByteBuffer message) {
        ByteBuffer body = vector(message.position(1), 3);
        int version = body.getShort() & 0xffff;
        body.position(body.position() + RANDOM);
        vector(body, 1); // session
        vector(body, 2); // cipher suites
        vector(body, 1); // compression methods
        ByteBuffer extensions = body.hasRemaining() ? vector(body, 2) : body;
        if (body.hasRemaining()) {
            return new Result.Malformed("bytes follow its extensions");
        }
        return readExtensions(version, extensions);
    }

    private static Result readExtensions(int version, ByteBuffer extensions) {
        Optional<String> name = Optional.empty();
        List<String> protocols = List.of();
        List<Integer> versions = List.of(version);
        Set<Integer> seen = new HashSet<>();
        while (extensions.hasRemaining()) {
            int type = extensions.getShort() & 0xffff;
            ByteBuffer content = vector(extensions, 2);
            if (!seen.add(type)) {
                return new Result.Malformed("it has the extension " + type + " twice");
            }
            switch (type) {
                case SERVER_NAME -> {
                    name = serverName(vector(content, 2));
                    if (name.isEmpty()) {
                        return new Result.Malformed("its server name is no name of a host");
                    }
                }
                case ALPN -> protocols = protocols(vector(content, 2));
                case SUPPORTED_VERSIONS -> versions = versions(vector(content, 1));
                default -> {}
            }
        }
        return new Result.Found(new ClientHello(name, protocols, versions, seen.contains(ENCRYPTED_HELLO)));
    }

    /** The first name of the type {@code host_name}; empty if there is none, or it has characters that no host has. */
    private static Optional<String> serverName(ByteBuffer names) {
        while (names.hasRemaining()) {
            boolean host = names.get() == 0;
            String name = text(vector(names, 2));
            if (host) {
                return HOST.matcher(name).matches() ? Optional.of(name.toLowerCase(Locale.ROOT)) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static List<String> protocols(ByteBuffer names) {
        List<String> protocols = new ArrayList<>();
        while (names.hasRemaining()) {
            ByteBuffer name = vector(names, 1);
            if (name.remaining() != 2 || !isGrease(name.getShort(name.position()) & 0xffff)) {
                protocols.add(text(name));
            }
        }
        return protocols;
    }

    private static List<Integer> versions(ByteBuffer numbers) {
        List<Integer> versions = new ArrayList<>();
        while (numbers.hasRemaining()) {
            int version = numbers.getShort() & 0xffff;
            if (!isGrease(version)) {
                versions.add(version);
            }
        }
        return versions;
    }

    /** Whether both bytes are the same and end with 0xa (RFC 8701 §2). */
    private static boolean isGrease(int value) {
        return value >> 8 == (value & 0xff) && (value & 0xf) == 0xa;
    }

    /** Bytes behind their length, which is a number of this many bytes. */
    private static ByteBuffer vector(ByteBuffer from, int sizeOfLength) {
        int length = 0;
        for (int i = 0; i < sizeOfLength; i++) {
            length = length << 8 | (from.get() & 0xff);
        }
        if (length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer content = from.slice(from.position(), length);
        from.position(from.position() + length);
        return content;
    }

    private static String text(ByteBuffer bytes) {
        return ISO_8859_1.decode(bytes).toString();
    }
}
