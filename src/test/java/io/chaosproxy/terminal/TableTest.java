package io.chaosproxy.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tables in terminals that are too narrow for them. */
@Tag("fast")
final class TableTest {
    private static Table table() {
        Table table = new Table("name", ">count", "meaning");
        table.add("a-name-that-is-rather-long", "7", "what it means takes more words than there is room");
        table.add("b", "12345", "short");
        return table;
    }

    @Test
    void whatFitsIsNotTouched() {
        assertEquals(table().lines(), table().lines(84));
        assertEquals(84, table().width());
        assertEquals(table().lines(), table().lines(Integer.MAX_VALUE));
    }

    @Test
    void theLastColumnIsWrappedFirst() {
        assertEquals(
                List.of(
                        "name                        count  meaning",
                        "a-name-that-is-rather-long      7  what it means takes more",
                        "                                   words than there is room",
                        "b                           12345  short"),
                table().lines(60));
    }

    @Test
    void thenTheLongestOthersAreCut() {
        assertEquals(
                List.of(
                        "name                 count  meaning",
                        "a-name-that-is-rat…      7  what it means takes",
                        "                            more words than",
                        "                            there is room",
                        "b                    12345  short"),
                table().lines(48));
    }

    @Test
    void aColumnToBeKeptWholeIsCutAfterTheOthers() {
        Table table = new Table("name", "!address", "rules");
        table.add("a-long-name", "127.0.0.1:12345", "a, b, c");

        assertEquals(List.of("name    address          rules", "a-lon…  127.0.0.1:12345  a, b, c"), table.lines(32));
        assertEquals(
                List.of(
                        "name    address          rules",
                        "a-lon…  127.0.0.1:12345  a, b,",
                        "                         c"),
                table.lines(31));
        assertEquals(
                List.of("name    address         rules", "a-lon…  127.0.0.1:123…  a, b,", "                        c"),
                table.lines(30));
    }

    @Test
    void wordsLongerThanTheColumnAreBroken() {
        Table table = new Table("a", "b");
        table.add("1", "x".repeat(60));
        List<String> lines = table.lines(40);
        assertEquals(List.of("a  b", "1  " + "x".repeat(37), "   " + "x".repeat(23)), lines);
    }

    @Test
    void aTerminalWithoutRoomGetsTheLeast() {
        assertTrue(table().lines(10).stream().allMatch(line -> line.length() <= 3 + 3 + 6 + 4));
    }
}
