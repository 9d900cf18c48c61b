package io.chaosproxy.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
final class LineDiffTest {
    private static String diff(String before, String after) {
        return String.join(
                "\n", LineDiff.of(before.lines().toList(), after.lines().toList()));
    }

    @Test
    void equalTextsDoNotDiffer() {
        assertEquals(List.of(), LineDiff.of(List.of("a", "b"), List.of("a", "b")));
        assertEquals(List.of(), LineDiff.of(List.of(), List.of()));
    }

    @Test
    void changedLinesStandWhereTheyAre() {
        assertEquals("  a\n- b\n+ x\n  c", diff("a\nb\nc", "a\nx\nc"));
        assertEquals("+ a\n+ b", diff("", "a\nb"));
        assertEquals("- a\n- b", diff("a\nb", ""));
        assertEquals("  a\n+ b\n  c\n- d", diff("a\nc\nd", "a\nb\nc"));
    }

    @Test
    void whatIsFarFromAChangeIsLeftOut() {
        assertEquals(
                "  ...\n  3\n  4\n  5\n- 6\n  7\n  8\n  9\n  ...\n  12\n  13\n  14\n+ 15",
                diff(
                        "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14",
                        "1\n2\n3\n4\n5\n7\n8\n9\n10\n11\n12\n13\n14\n15"));
    }
}
