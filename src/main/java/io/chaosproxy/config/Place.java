package io.chaosproxy.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a value stands. What the library tells of values put together from several places is only a description, such as
 * {@code merge of a.conf: 15,b.conf: 2,a.conf: 5-7}.
 *
 * @param source a file as it was named, or what stands for it
 * @param line from 1; 0 if there are no lines
 */
record Place(String source, int line) implements Comparable<Place> {
    private static final String MERGED = "merge of ";
    private static final Pattern LINES = Pattern.compile("(.*): (\\d+)(?:-(\\d+))?");
    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::source).thenComparingInt(Place::line);

    /**
     * The place of a value.
     *
     * <p>Objects are merged newest first, and what they were derived from comes before them in a file: the last place is
     * where their own name stands. Texts are joined first to last: the first place is where they begin.
     */
    static Place of(ConfigValue value) {
        List<String> parts = parts(value.origin());
        return value instanceof ConfigObject ? place(parts.reversed(), 3) : place(parts, 2);
    }

    static Place of(ConfigOrigin origin) {
        return place(parts(origin), 2);
    }

    private static List<String> parts(ConfigOrigin origin) {
        String description = origin.description();
        return description.startsWith(MERGED)
                ? List.of(description.substring(MERGED.length()).split(",", -1))
                : List.of(description);
    }

    /** The first with a line; what has none, such as the environment, is found from there. */
    private static Place place(List<String> parts, int end) {
        for (String part : parts) {
            Matcher lines = LINES.matcher(part);
            if (lines.matches()) {
                String line = lines.group(end) == null ? lines.group(2) : lines.group(end);
                return new Place(lines.group(1), Integer.parseInt(line));
            }
        }
        return new Place(parts.getLast(), 0);
    }

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return line == 0 ? source : source + ":" + line;
    }
}
