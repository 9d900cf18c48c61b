package io.chaosproxy.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigUtil;
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
 * Proxies that a file, or what it includes, names more than once with another address. HOCON merges them: the last value
 * holds and the library keeps no trace of the others, so this reads the text itself, as far as keys and places go.
 *
 * <p>A value with a substitution is taken for an override on purpose, as in {@code listen = ${?LISTEN}}.
 */
final class Repeated {
    private static final Set<String> ADDRESSES = Set.of("listen", "upstream");
    private static final String INCLUDE = "include";

    private final Map<List<String>, Value> values = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private final Set<Path> open = new HashSet<>();

    /** What was given for a key, and where. */
    private record Value(String text, Place place) {}

    private Repeated() {}

    /** One line for each address that another one replaces, with both places. */
    static List<String> in(Path file) {
        Repeated repeated = new Repeated();
        repeated.read(file, List.of());
        return repeated.warnings;
    }

    private void read(Path file, List<String> under) {
        if (!open.add(file.toAbsolutePath().normalize())) {
            return; // a file that includes itself is the library's to refuse
        }
        try {
            new Text(file, Files.readString(file)).object(under, false);
        } catch (IOException e) {
            // what can't be read is the library's to report, or an include that may be missing
        } finally {
            open.remove(file.toAbsolutePath().normalize());
        }
    }

    private void found(List<String> path, String text, Place place) {
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
                    + " takes the place of " + before.text() + " of " + before.place()
                    + ": two proxies of this name are one");
        }
    }

    /** The text of one file, being read. What isn't HOCON is skipped somehow: the library reports it. */
    private final class Text {
        private final Path file;
        private final String text;
        private int at;
        private int line = 1;

        Text(Path file, String text) {
            this.file = file;
            this.text = text;
        }

        /** Fields up to the closing brace, or to the end of the file. */
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
            Place place = new Place(file.toString(), line);
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
                next(); // whatever this is, it is no key
            }
        }

        /** Up to what ends a key; quoted parts as they stand. */
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

        /** A file beside this one, as the library looks for it; URLs and resources of the class path are left out. */
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
                // the library says so
            }
        }

        /** Up to the end of the line or a comma; lists and objects in it as a whole. */
        private void value(List<String> path, Place place) {
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

        /** Steps over a string in quotes, if one begins here. */
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

        /** False at the end. */
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
