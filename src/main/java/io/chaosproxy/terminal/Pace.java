package io.chaosproxy.terminal;

import java.time.Duration;
import java.util.ArrayDeque;

/** Current growth rate of a counter, over the last second or since the first sample. Confined to one thread. */
public final class Pace {
    private static final long WINDOW = Duration.ofSeconds(1).toNanos();

    private final ArrayDeque<Point> points = new ArrayDeque<>();

    private record Point(long nanos, long count) {}

    /** Records a count; returns its growth per second. */
    public long at(long nanos, long count) {
        points.addLast(new Point(nanos, count));
        while (points.size() > 2 && nanos - secondPoint().nanos >= WINDOW) {
            points.removeFirst();
        }
        Point first = points.getFirst();
        return nanos == first.nanos ? 0 : Math.round((count - first.count) * 1e9 / (nanos - first.nanos));
    }

    private Point secondPoint() {
        var each = points.iterator();
        each.next();
        return each.next();
    }
}
