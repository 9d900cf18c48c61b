package io.chaosproxy.fault;

import io.chaosproxy.text.PlainText;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The conditions that constructors of records state; file, API and code refuse the same with the same words. */
public final class Check {
    /** Longer faults than this are most likely a slip of the unit, and sums of nanoseconds stay far from overflow. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private Check() {}

    /**
     * Refuses unless the condition holds.
     *
     * @param condition what has to hold
     * @param key key of the configuration, for the exception
     * @param reason what is wrong, without the key
     */
    public static void that(boolean condition, String key, String reason) {
        if (!condition) {
            throw new InvalidValueException(key, reason);
        }
    }

    /**
     * Refuses null, which code can pass where neither file nor API can.
     *
     * @param key key of the configuration, for the exception
     * @param value value to check
     */
    public static void given(String key, @Nullable Object value) {
        that(value != null, key, "must not be null");
    }

    /**
     * {@return an immutable copy} Refuses null and elements that are null.
     *
     * @param <T> type of the elements
     * @param key key of the configuration, for the exception
     * @param values values to copy
     */
    public static <T> List<T> elements(String key, @Nullable Collection<? extends T> values) {
        if (values == null) {
            throw new InvalidValueException(key, "must not be null");
        }
        for (T value : values) {
            that(value != null, key, "must not contain null");
        }
        return List.copyOf(values);
    }

    /**
     * {@return an immutable list of what a caller passed one by one} Refuses null and elements that are null.
     *
     * @param <T> type of the elements
     * @param key key of the configuration, for the exception
     * @param values values to copy
     */
    public static <T> List<T> elements(String key, T @Nullable [] values) {
        return elements(key, values == null ? null : Arrays.asList(values));
    }

    /**
     * Refuses names that are empty, or that would change how the text around them is shown.
     *
     * @param key key of the configuration, for the exception
     * @param name name to check
     */
    public static void name(String key, String name) {
        that(!name.isBlank(), key, "must not be empty");
        that(
                !name.equals(".") && !name.equals(".."),
                key,
                "must not be \".\" or \"..\": a URL can't name that (RFC 3986 section 5.2.4)");
        that(
                PlainText.isSafe(name),
                key,
                "must not contain control characters, line separators or marks of direction: \""
                        + PlainText.escaped(name) + "\"");
    }

    /**
     * Refuses durations below zero or above a year.
     *
     * @param key key of the configuration, for the exception
     * @param value value to check
     */
    public static void duration(String key, Duration value) {
        given(key, value);
        that(!value.isNegative(), key, "must not be negative, not " + value);
        that(value.compareTo(LONGEST) <= 0, key, "must not be longer than 365 days, not " + value);
    }

    /**
     * Refuses a range whose ends are not durations in order.
     *
     * @param minKey key of the lower end
     * @param min lower end
     * @param maxKey key of the upper end
     * @param max upper end
     */
    public static void range(String minKey, Duration min, String maxKey, Duration max) {
        duration(minKey, min);
        duration(maxKey, max);
        that(min.compareTo(max) <= 0, minKey, "must not be above " + maxKey);
    }
}
