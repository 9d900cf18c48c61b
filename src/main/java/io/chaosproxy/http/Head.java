package io.chaosproxy.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A view of one message head, laid over the buffer in which it arrived: start line, field lines, empty line.
 *
 * <p>One object serves one direction of one connection, on that direction's thread: {@link #reset}, then {@link #scan}
 * after each read until it answers with a length. Only offsets are kept, so a head costs no memory beyond strings that
 * are asked for. Strings are ISO-8859-1, one character for each byte.
 *
 * <p>The facts that steer the exchange (version, method, status, {@link #keepAlive} and its like) are taken at the end
 * of the scan and hold until the next reset. Target, names, values and {@link #rewritten} are read from the buffer:
 * they are good as long as the head's bytes stay where the last scan saw them.
 *
 * <p>Whatever could be understood in two ways is a {@link BadMessage} as soon as it is seen; what is merely odd passes.
 */
abstract sealed class Head permits RequestHead, ResponseHead {

    /** Four numbers for each field: where its name begins and ends, where its value begins and ends. */
    private static final int STRIDE = 4;

    private static final int USUAL_FIELDS = 16;
    private static final int KEPT_FIELDS = 64;

    private final int maxHead;
    private final boolean strict;

    /** The bytes by their offset in the head, so that the head may move to another buffer between two scans. */
    final HeadBytes octets = new HeadBytes();

    private int looked;
    private int lineStart;
    private boolean started;
    private boolean irregular;
    private int length;
    private int[] fields = new int[USUAL_FIELDS * STRIDE];
    private int count;
    private int minor;
    private boolean keepAlive;

    /**
     * A reader of heads.
     *
     * @param maxHead the most bytes that a head may have, its empty line included
     * @param strict whether what two parsers may read differently is refused or has to be rewritten
     */
    Head(int maxHead, boolean strict) {
        this.maxHead = maxHead;
        this.strict = strict;
    }

    final boolean isStrict() {
        return strict;
    }

    /** Forgets the message and the buffer; the next scan begins a new head. */
    void reset() {
        octets.clear();
        looked = 0;
        lineStart = 0;
        started = false;
        irregular = false;
        length = 0;
        count = 0;
        keepAlive = false;
        if (isLarge()) { // an idle connection shall not pay for one giant head
            fields = new int[USUAL_FIELDS * STRIDE];
        }
    }

    /** Whether it occupies more heap than usual. */
    final boolean isLarge() {
        return fields.length > KEPT_FIELDS * STRIDE;
    }

    /** Bytes of heap that its fields occupy. */
    final long memory() {
        return (long) fields.length * Integer.BYTES;
    }

    /** Bytes of heap for a head of this length: a copy and the fields, the shortest of which has 3 bytes and takes 16. */
    static long mostMemory(long maxHead) {
        return 10 * maxHead;
    }

    /** Forgets the fields of a head that has been handed on, if they occupy more heap than usual. */
    final void slim() {
        if (isLarge()) {
            count = 0;
            fields = new int[USUAL_FIELDS * STRIDE];
        }
    }

    /**
     * Looks for the end of the head that begins at the buffer's position, which stays where it is.
     *
     * <p>Bytes seen by an earlier scan are not looked at again, so any number of scans of a growing buffer is linear.
     *
     * @return the length of the head in bytes, its empty line included, or -1 if more bytes are needed
     * @throws BadMessage for a head that is refused; only a reset makes the object useful again
     */
    final int scan(ByteBuffer buffer) throws BadMessage {
        octets.lieAt(buffer);
        if (length > 0) {
            return length;
        }
        int end = Math.min(buffer.remaining(), maxHead);
        int at = octets.skipText(looked, end);
        while (at < end) {
            int b = octets.at(at);
            if (b == '\r') {
                if (at + 1 == end) {
                    break; // the next scan sees whether its LF follows
                }
                if (octets.at(++at) != '\n') {
                    throw badByte(at - 1, "bare CR in the head"); // RFC 9112 §2.2
                }
            } else if (b == 0) {
                throw badByte(at, "NUL in the head"); // RFC 9110 §5.5
            }
            if (lineEnded(at + 1)) {
                return length;
            }
            at = octets.skipText(at + 1, end);
        }
        looked = at;
        if (!started) {
            checkOpening(lineStart, at); // first, since what is no HTTP at all has no size to complain about
        }
        if (end == maxHead) {
            throw tooLarge(maxHead, !started && at > lineStart);
        }
        return -1;
    }

    /** An error at this byte, unless what stands before it is another protocol, which says more. */
    private BadMessage badByte(int at, String reason) throws BadMessage {
        if (!started) {
            checkOpening(lineStart, at);
        }
        return bad(reason);
    }

    /** Whether a byte of the message has been looked at. */
    final boolean isBegun() {
        return looked > 0;
    }

    /** Takes in the line that ends before {@code next}; answers whether the head is complete. */
    private boolean lineEnded(int next) throws BadMessage {
        int from = lineStart;
        int to = next - 1; // a line may end with LF alone, RFC 9112 §2.2
        if (to > from && octets.at(to - 1) == '\r') {
            to--;
        } else {
            irregular = true;
        }
        if (from == to && started) {
            keepAlive = decideKeepAlive();
            headEnded();
            length = next;
            return true;
        }
        lineStart = next;
        if (from == to) {
            emptyLineFirst();
        } else if (!started) {
            startLine(from, to);
            started = true;
        } else if (Syntax.isBlank(octets.at(from))) {
            foldedLine(from, to);
        } else {
            fieldLine(from, to);
        }
        return false;
    }

    private void fieldLine(int from, int to) throws BadMessage {
        int nameEnd = octets.tokenEnd(from, to);
        if (nameEnd == from) {
            throw bad("field name begins with " + Syntax.show(octets.at(from)));
        }
        int colon = octets.skipBlanks(nameEnd, to);
        if (colon == to || octets.at(colon) != ':') {
            throw bad(
                    nameEnd == to
                            ? "field line without a colon"
                            : "field name contains " + Syntax.show(octets.at(nameEnd)));
        }
        if (colon > nameEnd) {
            if (!lenient()) {
                throw bad("white space between field name and colon"); // RFC 9112 §5.1
            }
            irregular = true;
        }
        int valueEnd = to;
        while (valueEnd > colon + 1 && Syntax.isBlank(octets.at(valueEnd - 1))) {
            valueEnd--;
        }
        if (count * STRIDE == fields.length) {
            fields = Arrays.copyOf(fields, fields.length * 2);
        }
        int slot = count++ * STRIDE;
        fields[slot] = from;
        fields[slot + 1] = nameEnd;
        fields[slot + 2] = octets.skipBlanks(colon + 1, valueEnd);
        fields[slot + 3] = valueEnd;
    }

    /** A line that continues the value above it, RFC 9112 §5.2. */
    private void foldedLine(int from, int to) throws BadMessage {
        if (count == 0) {
            throw bad("white space before the first field line"); // RFC 9112 §2.2
        }
        if (!lenient()) {
            throw bad("folded field line"); // RFC 9112 §5.2
        }
        irregular = true;
        int valueStart = octets.skipBlanks(from, to);
        if (valueStart == to) {
            return;
        }
        int valueEnd = to;
        while (Syntax.isBlank(octets.at(valueEnd - 1))) {
            valueEnd--;
        }
        int slot = (count - 1) * STRIDE;
        if (fields[slot + 2] == fields[slot + 3]) {
            fields[slot + 2] = valueStart;
        }
        fields[slot + 3] = valueEnd;
    }

    /** Whether the connection lasts beyond this message as far as this side says, RFC 9112 §9.3. */
    private boolean decideKeepAlive() {
        if (hasToken("Connection", "close")) {
            return false;
        }
        // A Transfer-Encoding in HTTP/1.0 may be a lie of some old intermediary; close after it, RFC 9112 §6.1.
        return minor > 0 || (hasToken("Connection", "keep-alive") && !has("Transfer-Encoding"));
    }

    /** Whether the connection lasts beyond this message if these are the values of its {@code Connection} fields. */
    final boolean keepAlive(List<String> connection) {
        List<String> options = connection.stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(String::strip)
                .toList();
        if (options.stream().anyMatch("close"::equalsIgnoreCase)) {
            return false;
        }
        return minor > 0 || (options.stream().anyMatch("keep-alive"::equalsIgnoreCase) && !has("Transfer-Encoding"));
    }

    /** Looks at the part of the start line that is there, so that what is not HTTP at all is refused at once. */
    abstract void checkOpening(int from, int to) throws BadMessage;

    abstract void startLine(int from, int to) throws BadMessage;

    /** Called for an empty line where the start line should be. */
    abstract void emptyLineFirst() throws BadMessage;

    /** Called once when all fields are known. */
    abstract void headEnded() throws BadMessage;

    /** Whether white space that RFC 9112 forbids to clients is accepted: what it asks of a reader of responses. */
    abstract boolean lenient();

    abstract BadMessage bad(String reason);

    /**
     * The error for a head that is too large.
     *
     * @param inStartLine whether the start line alone is
     */
    abstract BadMessage tooLarge(int limit, boolean inStartLine);

    /** The minor version of HTTP/1: 0 or 1. A higher one is read as 1, RFC 9110 §2.5. */
    final int minor() {
        return minor;
    }

    /** Whether the sender lets the connection last, by version and {@code Connection}, RFC 9112 §9.3. */
    final boolean keepAlive() {
        return keepAlive;
    }

    /** How many field lines there are; a folded line counts with the one above it. */
    final int count() {
        return count;
    }

    final String name(int i) {
        checkIndex(i);
        return octets.text(fields[i * STRIDE], fields[i * STRIDE + 1]);
    }

    /** The value without the white space around it; line ends inside a folded one are blanks. */
    final String value(int i) {
        return octets.text(valueFrom(i), valueTo(i)).replace('\r', ' ').replace('\n', ' ');
    }

    /** The value of the first field of that name in any case, or null. */
    final @Nullable String first(String name) {
        int i = find(name, 0);
        return i < 0 ? null : value(i);
    }

    /** The values of all fields of that name in any case. */
    final List<String> values(String name) {
        List<String> values = new ArrayList<>();
        for (int i = find(name, 0); i >= 0; i = find(name, i + 1)) {
            values.add(value(i));
        }
        return values;
    }

    final boolean has(String name) {
        return find(name, 0) >= 0;
    }

    /** Whether the comma-separated lists of all fields of that name have this token, both in any case. */
    final boolean hasToken(String name, String token) {
        for (int i = find(name, 0); i >= 0; i = find(name, i + 1)) {
            int to = valueTo(i);
            for (int from = valueFrom(i), comma; from < to; from = comma + 1) {
                comma = octets.indexOf(',', from, to);
                int start = octets.skipSpace(from, comma);
                if (octets.equal(start, octets.trimmedEnd(start, comma), token)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Value of {@code Connection} with {@code close} in place of {@code keep-alive}. */
    final String closingConnection() {
        List<String> options = elements("Connection");
        options.removeIf(option -> option.equalsIgnoreCase("keep-alive") || option.equalsIgnoreCase("close"));
        options.addFirst("close");
        return String.join(", ", options);
    }

    /** The elements of the comma-separated lists of all fields of that name. */
    final List<String> elements(String name) {
        List<String> elements = new ArrayList<>();
        for (int i = find(name, 0); i >= 0; i = find(name, i + 1)) {
            for (String element : value(i).split(",", -1)) {
                if (!element.isBlank()) {
                    elements.add(element.strip());
                }
            }
        }
        return elements;
    }

    /**
     * The head with some fields changed as {@link FieldEdits} describes, and every other byte as it came.
     *
     * @throws IllegalArgumentException for a name that is no token, a name set twice, or a value with CR, LF or NUL
     */
    final byte[] rewritten(Map<String, String> set, Collection<String> remove) {
        return new FieldEdits(set, remove).applyTo(this);
    }

    /**
     * Whether the head mustn't be forwarded as it came, but with CRLF behind each line (RFC 9112 §2.2), no white space before
     * a colon (§5.1) and no folded line (§5.2). {@link #rewritten} makes that of it.
     */
    final boolean mustBeRewritten() {
        return strict && irregular;
    }

    /** The bytes before the first field line, as they are to be forwarded. */
    byte[] opening() {
        byte[] bytes = octets.copy(0, lineFrom(0));
        if (!mustBeRewritten()) {
            return bytes;
        }
        var opening = new ByteArrayOutputStream(bytes.length + 2);
        for (byte b : bytes) {
            if (b == '\n') {
                opening.write('\r');
            }
            if (b != '\r') { // of CRLF, as a bare one is refused
                opening.write(b);
            }
        }
        return opening.toByteArray();
    }

    /** The bytes of field line i with its end, as they are to be forwarded. */
    final byte[] line(int i) {
        if (!mustBeRewritten()) {
            return octets.copy(lineFrom(i), lineFrom(i + 1));
        }
        int nameEnd = fields[i * STRIDE + 1];
        int colon = octets.indexOf(':', nameEnd, valueTo(i));
        String value = octets.text(Math.min(colon + 1, valueTo(i)), valueTo(i));
        String line = name(i) + ":" + value.replace('\r', ' ').replace('\n', ' ') + "\r\n";
        return line.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The bytes behind the last field line, as they are to be forwarded. */
    final byte[] ending() {
        return mustBeRewritten() ? new byte[] {'\r', '\n'} : octets.copy(lineFrom(count), length);
    }

    /** The bytes of the head as they came. */
    final byte[] copy() {
        return octets.copy(0, length);
    }

    /** Whether it is these bytes, from first to last. */
    final boolean consistsOf(byte[] bytes) {
        return bytes.length == length && octets.startWith(bytes);
    }

    /** The length in bytes, the empty line included, once the scan has found it; until then 0. */
    final int length() {
        return length;
    }

    /** Where the line of field i begins, and behind the last field the empty line. */
    final int lineFrom(int i) {
        return i < count ? fields[i * STRIDE] : lineStart;
    }

    private void checkIndex(int i) {
        if (i < 0 || i >= count) {
            throw new IndexOutOfBoundsException("field " + i + " of " + count);
        }
    }

    /** The first field of that name in any case, from number {@code from} on, or -1. */
    final int find(String name, int from) {
        for (int i = from; i < count; i++) {
            if (octets.equal(fields[i * STRIDE], fields[i * STRIDE + 1], name)) {
                return i;
            }
        }
        return -1;
    }

    final int valueFrom(int i) {
        checkIndex(i);
        return fields[i * STRIDE + 2];
    }

    final int valueTo(int i) {
        checkIndex(i);
        return fields[i * STRIDE + 3];
    }

    /** Reads {@code HTTP/1.1} and its like, notes the minor version and answers the major one, or -1 for all else. */
    final int readVersion(int from, int to) {
        if (to - from != 8
                || !octets.startsWith(from, to, "HTTP/")
                || !Syntax.isDigit(octets.at(from + 5))
                || octets.at(from + 6) != '.'
                || !Syntax.isDigit(octets.at(from + 7))) {
            return -1;
        }
        minor = Math.min(octets.at(from + 7) - '0', 1);
        return octets.at(from + 5) - '0';
    }
}
