package io.chaosproxy.ctl;

import java.util.ArrayList;
import java.util.List;

/** Difference of two short texts, line by line: a longest common subsequence, with a few equal lines around changes. */
final class LineDiff {
    private static final int CONTEXT = 3;

    private final List<String> before;
    private final List<String> after;
    private final int[][] common; // length of the longest common subsequence from these lines on

    private LineDiff(List<String> before, List<String> after) {
        this.before = before;
        this.after = after;
        common = new int[before.size() + 1][after.size() + 1];
        for (int i = before.size() - 1; i >= 0; i--) {
            for (int j = after.size() - 1; j >= 0; j--) {
                common[i][j] = before.get(i).equals(after.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
    }

    /** Lines with a blank, - or + in front; empty if the texts are equal. */
    static List<String> of(List<String> before, List<String> after) {
        return before.equals(after) ? List.of() : shortened(new LineDiff(before, after).lines());
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < before.size() || j < after.size()) {
            if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
                lines.add("  " + before.get(i++));
                j++;
            } else if (i < before.size() && (j == after.size() || common[i + 1][j] >= common[i][j + 1])) {
                lines.add("- " + before.get(i++));
            } else {
                lines.add("+ " + after.get(j++));
            }
        }
        return lines;
    }

    /** Without equal lines that are far from each change. */
    private static List<String> shortened(List<String> lines) {
        List<String> kept = new ArrayList<>();
        boolean isGap = false;
        for (int i = 0; i < lines.size(); i++) {
            if (isNearChange(lines, i)) {
                kept.add(lines.get(i));
                isGap = false;
            } else if (!isGap) {
                kept.add("  ...");
                isGap = true;
            }
        }
        return kept;
    }

    private static boolean isNearChange(List<String> lines, int index) {
        return lines.subList(Math.max(0, index - CONTEXT), Math.min(lines.size(), index + CONTEXT + 1)).stream()
                .anyMatch(line -> !line.startsWith("  "));
    }
}
