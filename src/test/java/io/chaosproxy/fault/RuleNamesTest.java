package io.chaosproxy.fault;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@Tag("fast")
final class RuleNamesTest {
    private static final int BOUND = 10_000;

    private final RuleNames names = new RuleNames();

    private static void unknown(String message, Executable asking) {
        assertEquals(message, assertThrows(NoSuchElementException.class, asking).getMessage());
    }

    @Test
    void withoutAnyProxyEachNameMayBeRight() {
        assertDoesNotThrow(() -> names.check("shop", "slow"));
        assertDoesNotThrow(() -> names.checkProxy("shop"));
        assertDoesNotThrow(() -> names.checkRule("slow"));
    }

    @Test
    void aNameIsKnownForEver() {
        names.add("shop", List.of("slow", "cut"));
        names.add("shop", List.of());
        assertDoesNotThrow(() -> names.check("shop", "slow"));
        assertDoesNotThrow(() -> names.checkProxy("shop"));
        assertDoesNotThrow(() -> names.checkRule("cut"));
    }

    @Test
    void aNameOfAnotherProxyIsNone() {
        names.add("shop", List.of("slow", "cut"));
        names.add("orders", List.of("narrow"));
        unknown("no rule of proxy shop was ever named narrow, only [cut, slow]", () -> names.check("shop", "narrow"));
        assertDoesNotThrow(() -> names.checkRule("narrow"));
        unknown("no rule of any proxy was ever named x, only [cut, narrow, slow]", () -> names.checkRule("x"));
    }

    @Test
    void aProxyThatNeverWasHasNoRules() {
        names.add("shop", List.of("slow"));
        names.add("orders", List.of());
        unknown("no proxy was ever named shops, only [orders, shop]", () -> names.check("shops", "slow"));
        unknown("no proxy was ever named shops, only [orders, shop]", () -> names.checkProxy("shops"));
    }

    @Test
    void withoutRulesThereIsNothingToName() {
        names.add("shop", List.of());
        unknown("no rule of proxy shop was ever named slow; it had none", () -> names.check("shop", "slow"));
        unknown("no rule of any proxy was ever named slow; there were none", () -> names.checkRule("slow"));
    }

    /** A program that runs for months under ever new names has a bounded memory, and takes each name for a known one. */
    @Test
    void beyondTheBoundEachNameIsTakenForAKnownOne() {
        List<String> many = IntStream.range(0, BOUND - 1).mapToObj(i -> "r" + i).toList();
        names.add("shop", many);
        names.add("shop", many); // known names count once
        assertThrows(NoSuchElementException.class, () -> names.check("shop", "x"));
        assertThrows(NoSuchElementException.class, () -> names.checkProxy("orders"));
        assertThrows(NoSuchElementException.class, () -> names.checkRule("x"));
        names.add("shop", List.of("the last", "one too many"));
        assertDoesNotThrow(() -> names.check("shop", "x"));
        assertDoesNotThrow(() -> names.checkProxy("orders"));
        assertDoesNotThrow(() -> names.checkRule("x"));
    }
}
