package io.chaosproxy.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Changes to the fields of a head: names to set and names to remove, in any case.
 *
 * <p>The first line of a name to be set takes the new value and keeps its place, its spelling and its line end; further
 * lines of that name go. A name that was not there is appended. All lines of a removed name go, unless it is also set.
 * Every other byte stays as it came, unless the head must be rewritten anyway. A value is written in ISO-8859-1, or in UTF-8 if it does not fit.
 *
 * <p>The framing is not checked: a caller that changes {@code Content-Length} or {@code Transfer-Encoding} is responsible for
 * the body. Immutable, so any thread may apply it.
 */
final class FieldEdits {

    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] LF = {'\n'};

    private final Map<String, String> set;
    private final Map<String, String> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Set<String> removed = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    /**
     * Changes in the order of the map.
     *
     * @throws IllegalArgumentException for a name that is no token, a name set twice, or a value with CR, LF or NUL
     */
    FieldEdits(Map<String, String> set, Collection<String> remove) {
        this.set = new LinkedHashMap<>(set);
        this.set.forEach((name, value) -> {
            if (!Syntax.isToken(name)) {
                throw new IllegalArgumentException("not a field name: \"" + name + "\"");
            }
            if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
                throw new IllegalArgumentException("CR, LF or NUL in the value of " + name); // RFC 9110 §5.5
            }
            if (values.put(name, value) != null) {
                throw new IllegalArgumentException("field set twice: " + name);
            }
        });
        removed.addAll(remove);
    }

    /** The changed head; its bytes must still lie where they were scanned. */
    byte[] applyTo(Head head) {
        var placed = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        var out = new ByteArrayOutputStream(head.length() + 64);
        out.writeBytes(head.opening());
        for (int i = 0; i < head.count(); i++) {
            String name = head.name(i);
            byte[] line = head.line(i);
            String value = values.get(name);
            if (value == null) {
                if (!removed.contains(name)) {
                    out.writeBytes(line);
                }
            } else if (placed.add(name)) {
                write(out, name, value, line[line.length - 2] == '\r' ? CRLF : LF);
            }
        }
        set.forEach((name, value) -> {
            if (placed.add(name)) {
                write(out, name, value, CRLF);
            }
        });
        out.writeBytes(head.ending());
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, String name, String value, byte[] lineEnd) {
        Charset charset = value.chars().allMatch(c -> c < 256) ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
        out.writeBytes((name + ": ").getBytes(StandardCharsets.ISO_8859_1));
        out.writeBytes(value.getBytes(charset));
        out.writeBytes(lineEnd);
    }
}
