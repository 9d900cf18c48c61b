package io.chaosproxy.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigUtil;
import io.chaosproxy.text.PlainText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Detects proxies that a file and its includes define more than once with different addresses. HOCON merges such
 * definitions, and the library does not keep the replaced values, so this scans the text for keys and locations.
 *
 * <p>A value with a substitution counts as an intended override, as in {@code listen = ${?LISTEN}}.
 */
final class DuplicateAddresses {
    private static final Set<String> ADDRESSES = Set.of("listen", "upstream");
    private static final String INCLUDE = "include";

    private final Map<List<String>, Value> values = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private final Set<Path> open = new HashSet<>();

    /** Value of a key, with its location. */
    private record Value(String text, SourceLocation place) {}

    private DuplicateAddresses() {}

    /** One warning for each replaced address, with both locations. */
    static List<String> in(Path file) {
        DuplicateAddresses repeated = new DuplicateAddresses();
        repeated.read(file, List.of());
        return repeated.warnings.stream().map(PlainText::withoutUsers).toList();
    }

    private void read(Path file, List<String> under) {
        if (!open.add(file.toAbsolutePath().normalize())) {
            return; // the library reports a file that includes itself
        }
        try {
            new HoconScanner(file, Files.readString(file)).object(under, false);
        } catch (IOException e) {
            // the library reports an unreadable file; an include may be missing
        } finally {
            open.remove(file.toAbsolutePath().normalize());
        }
    }

    private void found(List<String> path, String text, SourceLocation place) {
        boolean ofProxy = path.size() == 4
                && path.getFirst().equals(ConfigReader.ROOT)
                && path.get(1).equals("proxies")
                && ADDRESSES.contains(path.getLast());
        if (!ofProxy || text.contains("${")) {
            return;
        }
        Value before = values.put(path, new Value(text, place));
        if (before != null && !before.text().equals(text)) {
            warnings.add(place + ": " + ConfigUtil.joinPath(path.subList(1, 4)) + " = " + text
                    + " replaces " + before.text() + " from " + before.place()
                    + ": both definitions configure one proxy");
        }
    }

    /** Scanner for the text of one file. Skips invalid syntax, which the library reports. */
    private final class HoconScanner {
        private final Path file;
        private final String text;
        private int at;
        private int line = 1;

        HoconScanner(Path file, String text) {
            this.file = file;
            this.text = text;
        }

        /** Scans fields up to the closing brace or the end of the file. */
        void object(List<String> path, boolean braced) {
            while (skipBetweenFields()) {
                if (peek() == '}') {
                    next();
                    if (braced) {
                        return;
                    }
                } else if (peek() == '{' && !braced) {
                    next();
                    object(path, true);
                } else {
                    field(path);
                }
            }
        }

        private void field(List<String> path) {
            int start = at;
            SourceLocation place = new SourceLocation(file.toString(), line);
            String key = key();
            if (isInclude(key)) {
                include(key, path);
                return;
            }
            List<String> whole = new ArrayList<>(path);
            try {
                whole.addAll(ConfigUtil.splitPath(key.strip()));
            } catch (ConfigException e) {
                whole.add(key.strip());
            }
            if (at < text.length() && (peek() == '=' || peek() == ':')) {
                next();
                skipSpace();
            }
            if (at < text.length() && peek() == '{') {
                next();
                object(whole, true);
            } else {
                value(whole, place);
            }
            if (at == start) {
                next(); // not a key; skip it to make progress
            }
        }

        /** Scans a key, including quoted parts. */
        private String key() {
            int start = at;
            while (at < text.length() && "=:{}\n,".indexOf(peek()) < 0 && !isComment()) {
                if (text.startsWith("+=", at)) {
                    String key = text.substring(start, at);
                    next();
                    return key;
                }
                if (!quoted()) {
                    next();
                }
            }
            return text.substring(start, at);
        }

        private boolean isInclude(String key) {
            return key.startsWith(INCLUDE)
                    && key.length() > INCLUDE.length()
                    && !Character.isLetterOrDigit(key.charAt(INCLUDE.length()))
                    && key.indexOf('"') >= 0;
        }

        /** Scans an included file, resolved as the library does; skips URLs and class path resources. */
        private void include(String statement, List<String> path) {
            String what = statement.substring(0, statement.indexOf('"'));
            String name = statement.substring(statement.indexOf('"') + 1).split("\"", 2)[0];
            if (what.contains("url(") || what.contains("classpath(")) {
                return;
            }
            try {
                Path included = file.resolveSibling(name);
                read(Files.exists(included) ? included : file.resolveSibling(name + ".conf"), path);
            } catch (InvalidPathException e) {
                // the library reports it
            }
        }

        /** Scans a value up to the end of the line or a comma, including nested lists and objects. */
        private void value(List<String> path, SourceLocation place) {
            int start = at;
            int depth = 0;
            while (at < text.length() && !isComment()) {
                char c = peek();
                if (depth == 0 && (c == '\n' || c == ',' || c == '}')) {
                    break;
                }
                depth += "[{".indexOf(c) >= 0 ? 1 : "]}".indexOf(c) >= 0 ? -1 : 0;
                if (!quoted()) {
                    next();
                }
            }
            found(path, unquoted(text.substring(start, at).strip()), place);
        }

        private static String unquoted(String value) {
            return value.length() > 1 && value.startsWith("\"") && value.indexOf('"', 1) == value.length() - 1
                    ? value.substring(1, value.length() - 1)
                    : value;
        }

        /** Skips a quoted string at the current position; false if there is none. */
        private boolean quoted() {
            if (peek() != '"') {
                return false;
            }
            boolean triple = text.startsWith("\"\"\"", at);
            String end = triple ? "\"\"\"" : "\"";
            int from = at + end.length();
            int close = text.indexOf(end, from);
            while (!triple && close > 0 && isEscaped(close)) {
                close = text.indexOf(end, close + 1);
            }
            int stop = close < 0 ? text.length() : close + end.length();
            while (at < stop) {
                next();
            }
            return true;
        }

        private boolean isEscaped(int place) {
            int backslashes = 0;
            while (text.charAt(place - 1 - backslashes) == '\\') {
                backslashes++;
            }
            return backslashes % 2 == 1;
        }

        /** Skips white space, commas and comments; false at the end of the file. */
        private boolean skipBetweenFields() {
            while (at < text.length()) {
                if (isComment()) {
                    skipLine();
                } else if (Character.isWhitespace(peek()) || peek() == ',' || peek() == ']') {
                    next();
                } else {
                    return true;
                }
            }
            return false;
        }

        private void skipSpace() {
            while (at < text.length() && (Character.isWhitespace(peek()) || isComment())) {
                if (isComment()) {
                    skipLine();
                } else {
                    next();
                }
            }
        }

        private boolean isComment() {
            return peek() == '#' || text.startsWith("//", at);
        }

        private void skipLine() {
            while (at < text.length() && peek() != '\n') {
                next();
            }
        }

        private char peek() {
            return text.charAt(at);
        }

        private void next() {
            if (at < text.length() && text.charAt(at++) == '\n') {
                line++;
            }
        }
    }
}
