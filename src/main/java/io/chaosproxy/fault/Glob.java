package io.chaosproxy.fault;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pattern with wildcards.
 *
 * <p>In paths {@code *} stands for any characters but {@code /}, {@code **} for any, and {@code ?} for one character but
 * {@code /}. In other texts {@code *} stands for any characters and {@code ?} for one, and the case of ASCII letters is
 * ignored. A character is a Unicode code point.
 *
 * <p>The text comes from the network, so matching must not backtrack: the literal beginning and end of the pattern are
 * compared directly, and what lies between is a nondeterministic automaton whose states are bits. Each character costs
 * one step for 64 characters of the pattern, whatever the text is. Immutable and thread-safe.
 */
public final class Glob {
    /** Longest pattern in characters: it bounds the steps that one character of the text costs. */
    public static final int MAX_LENGTH = 512;

    private static final int ANY = -1;
    private static final int STAR = -2;
    private static final int CROSSING_STAR = -3;

    private final String text;
    private final boolean isPath;
    private final int[] prefix;
    private final int[] suffix;
    private final @Nullable Automaton middle; // null without a star

    private Glob(String key, String text, boolean isPath) {
        Check.given(key, text);
        Check.that(
                text.length() <= MAX_LENGTH,
                key,
                "must have at most " + MAX_LENGTH + " characters, not " + text.length() + "; use * for a part");
        this.text = text;
        this.isPath = isPath;
        int[] parts = parts(text, isPath);
        int from = 0;
        while (from < parts.length && !isStar(parts[from])) {
            from++;
        }
        int to = parts.length;
        while (to > from && !isStar(parts[to - 1])) {
            to--;
        }
        prefix = Arrays.copyOfRange(parts, 0, from);
        suffix = Arrays.copyOfRange(parts, to, parts.length);
        middle = from == to ? null : new Automaton(Arrays.copyOfRange(parts, from, to), isPath);
    }

    /** Code points, and a negative number for each wildcard. */
    private static int[] parts(String text, boolean isPath) {
        int[] parts = new int[text.length()];
        int count = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            if (c != '*') {
                parts[count++] = c == '?' ? ANY : isPath ? c : lower(c);
            } else if (text.startsWith("**", i)) {
                parts[count++] = CROSSING_STAR;
                i++;
            } else {
                parts[count++] = isPath ? STAR : CROSSING_STAR;
            }
        }
        return Arrays.copyOf(parts, count);
    }

    private static boolean isStar(int part) {
        return part <= STAR;
    }

    /**
     * {@return a pattern for paths, where case matters}
     *
     * @param text the pattern: {@code *} and {@code **} stand for any text, {@code ?} for one character
     * @throws InvalidValueException if it is longer than {@link #MAX_LENGTH}
     */
    public static Glob path(String text) {
        return new Glob("path", text, true);
    }

    /**
     * {@return a pattern for host names and field values, where case doesn't matter}
     *
     * @param text the pattern: {@code *} and {@code **} stand for any text, {@code ?} for one character
     * @throws InvalidValueException if it is longer than {@link #MAX_LENGTH}
     */
    public static Glob text(String text) {
        return text("pattern", text);
    }

    /** A pattern of the same kind for the condition with this key. */
    static Glob text(String key, String text) {
        return new Glob(key, text, false);
    }

    /**
     * {@return whether all of a text matches}
     *
     * @param candidate text to compare
     */
    public boolean matches(String candidate) {
        int from = 0;
        for (int part : prefix) {
            if (from == candidate.length() || !accepts(part, candidate.codePointAt(from))) {
                return false;
            }
            from += Character.charCount(candidate.codePointAt(from));
        }
        if (middle == null) {
            return from == candidate.length();
        }
        int to = candidate.length();
        for (int i = suffix.length - 1; i >= 0; i--) {
            if (to <= from || !accepts(suffix[i], candidate.codePointBefore(to))) {
                return false;
            }
            to -= Character.charCount(candidate.codePointBefore(to));
        }
        return middle.matches(candidate, from, to);
    }

    private boolean accepts(int part, int c) {
        return part == ANY ? !isPath || c != '/' : part == (isPath ? c : lower(c));
    }

    /** ASCII letters only, as HTTP compares names (RFC 9110 §5.1). */
    private static int lower(int c) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Glob glob && glob.text.equals(text) && glob.isPath == isPath;
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The pattern as it was written. */
    @Override
    public String toString() {
        return text;
    }

    /**
     * The part of a pattern from its first star to its last: state i means that i parts have been matched, and stays
     * active over the characters that a star before part i stands for.
     */
    private static final class Automaton {
        private final int parts;
        private final boolean isPath;
        private final long[] wildcards; // the parts that match any character
        private final long[][] ascii = new long[128][]; // for each character the parts that match it
        private final Map<Integer, long[]> others = new HashMap<>();
        private final long[] stars;
        private final long[] crossingStars;

        Automaton(int[] pattern, boolean isPath) {
            this.isPath = isPath;
            int words = pattern.length / Long.SIZE + 1;
            wildcards = new long[words];
            stars = new long[words];
            crossingStars = new long[words];
            int state = 0;
            for (int part : pattern) {
                switch (part) {
                    case STAR -> set(stars, state);
                    case CROSSING_STAR -> {
                        set(stars, state);
                        set(crossingStars, state);
                    }
                    case ANY -> set(wildcards, state++);
                    default -> state++;
                }
            }
            parts = state;
            Arrays.fill(ascii, wildcards);
            if (isPath) {
                ascii['/'] = new long[words];
            }
            addLiterals(pattern);
        }

        private void addLiterals(int[] pattern) {
            int state = 0;
            for (int part : pattern) {
                if (part >= 0) {
                    set(own(part), state);
                    if (!isPath && part >= 'a' && part <= 'z') {
                        set(own(part & ~0x20), state);
                    }
                }
                state += isStar(part) ? 0 : 1;
            }
        }

        private long[] own(int c) {
            if (c >= ascii.length) {
                return others.computeIfAbsent(c, key -> wildcards.clone());
            }
            if (ascii[c] == wildcards) {
                ascii[c] = wildcards.clone();
            }
            return ascii[c];
        }

        private static void set(long[] bits, int i) {
            bits[i / Long.SIZE] |= 1L << i;
        }

        boolean matches(String candidate, int from, int to) {
            long[] active = new long[wildcards.length];
            set(active, 0);
            for (int at = from; at < to; ) {
                int c = candidate.codePointAt(at);
                if (!step(active, masks(c), isPath && c == '/' ? crossingStars : stars)) {
                    return false;
                }
                at += Character.charCount(c);
            }
            return (active[parts / Long.SIZE] >>> parts & 1) != 0;
        }

        private long[] masks(int c) {
            return c < ascii.length ? ascii[c] : others.getOrDefault(c, wildcards);
        }

        /** Takes in one character; false if no state is left. */
        private static boolean step(long[] active, long[] matching, long[] staying) {
            long carry = 0;
            long any = 0;
            for (int word = 0; word < active.length; word++) {
                long before = active[word];
                long moving = before & matching[word];
                active[word] = (moving << 1) | carry | (before & staying[word]);
                carry = moving >>> (Long.SIZE - 1);
                any |= active[word];
            }
            return any != 0;
        }
    }
}
