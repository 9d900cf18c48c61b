package io.chaosproxy.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Spelling of enum constants in the configuration, and suggestions for misspelled words. */
public final class Spelling {
    /** Minimum length of a prefix that counts as an abbreviation. */
    private static final int LEAST_START = 3;

    private Spelling() {}

    /** {@code first-byte} for {@code FIRST_BYTE}. */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Closest known word: an edit distance of at most a third of its length, or an abbreviation of it.
     *
     * @param word unknown word
     * @param known known words
     * @return the known word; empty if none is close
     */
    public static Optional<String> nearest(String word, Collection<String> known) {
        String lower = word.toLowerCase(Locale.ROOT);
        return known.stream()
                .filter(candidate ->
                        isNear(lower, candidate) || (lower.length() >= LEAST_START && candidate.startsWith(lower)))
                .min(Comparator.comparingInt((String candidate) -> distance(lower, candidate))
                        .thenComparingInt(candidate -> Math.abs(candidate.length() - word.length())));
    }

    private static boolean isNear(String word, String candidate) {
        int most = Math.max(1, candidate.length() / 3);
        return Math.abs(word.length() - candidate.length()) <= most && distance(word, candidate) <= most;
    }

    /**
     * Suffix for the message about an unknown word: a suggestion, or empty.
     *
     * @param word unknown word
     * @param known known words
     * @return the suffix
     */
    public static String hint(String word, Collection<String> known) {
        return nearest(word, known)
                .map(meant -> "; did you mean " + meant + "?")
                .orElse("");
    }

    /** Edit distance with transpositions (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    steps[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                steps[i][j] = Math.min(steps[i - 1][j - 1] + change, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    steps[i][j] = Math.min(steps[i][j], steps[i - 2][j - 2] + 1);
                }
            }
        }
        return steps[a.length()][b.length()];
    }
}
