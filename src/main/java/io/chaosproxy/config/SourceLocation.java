package io.chaosproxy.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Source location of a value. For merged values the library provides only a description, such as
 * {@code merge of a.conf: 15,b.conf: 2,a.conf: 5-7}.
 *
 * @param source file name as given, or the name of another origin
 * @param line line number from 1; 0 if the origin has no lines
 */
record SourceLocation(String source, int line) implements Comparable<SourceLocation> {
    private static final String MERGED = "merge of ";
    private static final Pattern LINES = Pattern.compile("(.*): (\\d+)(?:-(\\d+))?");
    private static final Comparator<SourceLocation> ORDER =
            Comparator.comparing(SourceLocation::source).thenComparingInt(SourceLocation::line);

    /**
     * Location of a value.
     *
     * <p>The description lists merged objects newest first, so the last location is that of the object's own key.
     * Concatenated strings are listed in order, so the first location is where the string begins.
     */
    static SourceLocation of(ConfigValue value) {
        List<String> parts = parts(value.origin());
        return value instanceof ConfigObject ? place(parts.reversed(), 3) : place(parts, 2);
    }

    static SourceLocation of(ConfigOrigin origin) {
        return place(parts(origin), 2);
    }

    private static List<String> parts(ConfigOrigin origin) {
        String description = origin.description();
        return description.startsWith(MERGED)
                ? List.of(description.substring(MERGED.length()).split(",", -1))
                : List.of(description);
    }

    /** First part with a line number; the last part if none has one, as with environment variables. */
    private static SourceLocation place(List<String> parts, int end) {
        for (String part : parts) {
            Matcher lines = LINES.matcher(part);
            if (lines.matches()) {
                String line = lines.group(end) == null ? lines.group(2) : lines.group(end);
                return new SourceLocation(lines.group(1), Integer.parseInt(line));
            }
        }
        return new SourceLocation(parts.getLast(), 0);
    }

    @Override
    public int compareTo(SourceLocation other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return line == 0 ? source : source + ":" + line;
    }
}
