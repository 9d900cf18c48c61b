package io.chaosproxy.config;

import com.typesafe.config.ConfigOrigin;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a value stands. What the library tells of values put together from several places is only a description: {@code
 * merge of a.conf: 15,b.conf: 2,a.conf: 5-7}, the newest first. The place is then the oldest that has a line, at its end:
 * where an object began, behind what it was derived from.
 *
 * @param source a file as it was named, or what stands for it
 * @param line from 1; 0 if there are no lines
 */
record Place(String source, int line) implements Comparable<Place> {
    private static final String MERGED = "merge of ";
    private static final Pattern LINES = Pattern.compile("(.*): (?:\\d+-)?(\\d+)");
    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::source).thenComparingInt(Place::line);

    static Place of(ConfigOrigin origin) {
        String description = origin.description();
        if (!description.startsWith(MERGED)) {
            return parse(description);
        }
        Place place = new Place(description, 0);
        for (String part : description.substring(MERGED.length()).split(",", -1)) {
            Place one = parse(part);
            if (one.line > 0 || place.line == 0) {
                place = one;
            }
        }
        return place;
    }

    private static Place parse(String description) {
        Matcher lines = LINES.matcher(description);
        return lines.matches()
                ? new Place(lines.group(1), Integer.parseInt(lines.group(2)))
                : new Place(description, 0);
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
