package io.chaosproxy.fault;

import static io.chaosproxy.fault.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GlobTest {
    /** A busy machine; an idle one needs milliseconds, and backtracking takes minutes and more. */
    private static final Duration BUSY = Duration.ofSeconds(30);

    @ParameterizedTest
    @CsvSource({
        "/cart, /cart, true",
        "/cart, /Cart, false",
        "/cart, /cart/, false",
        "/cart, /a/cart, false",
        "/api/*, /api/orders, true",
        "/api/*, /api/, true",
        "/api/*, /api, false",
        "/api/*, /api/orders/1, false",
        "/api/**, /api/orders/1, true",
        "/api/**, /api/, true",
        "/**/1, /api/orders/1, true",
        "/*/orders, /api/orders, true",
        "/a?c, /abc, true",
        "/a?c, /ac, false",
        "/a?c, /a/c, false",
        "/*.js?n, /a.json, true",
        "/a.b, /axb, false",
        "/a+(b)[c]{d}^$|\\E, /a+(b)[c]{d}^$|\\E, true",
        "**, '', true",
        "*, /, false",
        "/***, /a/b, true",
    })
    void paths(String glob, String path, boolean matches) {
        assertEquals(matches, Glob.path(glob).matches(path));
    }

    @ParameterizedTest
    @CsvSource({
        "shop.example, SHOP.Example, true",
        "*.example, shop.example, true",
        "*.example, a.shop.example, true",
        "*.example, example, false",
        "s?op, shop, true",
        "text/*, text/html; charset=utf-8, true",
        "*/*, a/b/c, true",
        "**, a/b, true",
    })
    void texts(String glob, String text, boolean matches) {
        assertEquals(matches, Glob.text(glob).matches(text));
    }

    @Test
    void wildcardsStandForControlCharactersToo() {
        assertEquals(true, Glob.path("/**").matches("/a\u0085b\n"));
        assertEquals(true, Glob.path("/?").matches("/\u0085"));
        assertEquals(true, Glob.text("*").matches("a\u0085b\n"));
    }

    @Test
    void equalIfWrittenTheSameForTheSameUse() {
        assertEquals(Glob.path("/*"), Glob.path("/*"));
        assertEquals(Glob.path("/*").hashCode(), Glob.path("/*").hashCode());
        assertNotEquals(Glob.path("/*"), Glob.path("/**"));
        assertNotEquals(Glob.path("*"), Glob.text("*"));
        assertEquals("/a?*", Glob.path("/a?*").toString());
    }

    @Test
    void aCharacterIsACodePoint() {
        assertTrue(Glob.path("/?").matches("/\uD83D\uDE00"));
        assertTrue(Glob.path("/?**?").matches("/\uD83D\uDE00\uD83D\uDE01"));
        assertTrue(Glob.path("/\uD83D\uDE00*").matches("/\uD83D\uDE00x"));
        assertEquals(false, Glob.path("/\uD83D*").matches("/\uD83D\uDE00"));
        assertEquals(false, Glob.path("*\uDE00").matches("\uD83D\uDE00"));
    }

    /** Case is ignored for the letters of ASCII alone, also where Unicode folds another character to one of them. */
    @Test
    void caseBeyondAsciiMatters() {
        assertEquals(false, Glob.text("\u00e4").matches("\u00c4"));
        assertEquals(false, Glob.text("*k*").matches("a\u212Ab"));
        assertTrue(Glob.text("*k*").matches("aKb"));
        assertTrue(Glob.text("*@[`{*").matches("x@[`{x"));
        assertEquals(false, Glob.text("*@*").matches("x`x"));
    }

    @Test
    void matchesWhatTheRegularExpressionMatches() {
        Random random = new Random(11);
        int matches = 0;
        for (int round = 0; round < 200_000; round++) {
            boolean path = random.nextBoolean();
            String glob = word(random, random.nextInt(9), "***??/aAbk\u00e4\u212A\uD83D\uDE00\n");
            String text = word(random, random.nextInt(12), "//aAbBk\u00e4\u00c4\u212A\uD83D\uDE00\n");
            boolean expected = regex(glob, path).matcher(text).matches();
            assertEquals(
                    expected,
                    (path ? Glob.path(glob) : Glob.text(glob)).matches(text),
                    () -> "\"" + glob + "\" for \"" + text + "\"");
            matches += expected ? 1 : 0;
        }
        assertTrue(matches > 5_000, "too few matches to mean anything: " + matches);
    }

    /** More than 64 characters between the first star and the last take more than one word of states. */
    @Test
    void longPatternsMatchWhatTheRegularExpressionMatches() {
        Random random = new Random(12);
        int matches = 0;
        for (int round = 0; round < 2_000; round++) {
            String part = word(random, 50 + random.nextInt(100), "ab?/");
            String glob = "**" + part + "*" + word(random, random.nextInt(90), "ab?/") + "**";
            String text = word(random, 5, "ab/")
                    + glob.replace("*", word(random, 1, "ab/")).replace('?', 'a');
            String changed = random.nextBoolean() ? text : text.replaceFirst("a(b*)$", "b$1");
            boolean expected = regex(glob, true).matcher(changed).matches();
            assertEquals(expected, Glob.path(glob).matches(changed), () -> "\"" + glob + "\" for \"" + changed + "\"");
            matches += expected ? 1 : 0;
        }
        assertTrue(matches > 200 && matches < 1_900, "too few of a kind to mean anything: " + matches);
    }

    private static String word(Random random, int length, String characters) {
        return random.ints(length, 0, characters.length())
                .map(characters::charAt)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** What the wildcards mean, as a regular expression. */
    private static Pattern regex(String glob, boolean path) {
        String any = path ? "[^/]" : ".";
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            if (c == '?') {
                regex.append(any);
            } else if (c != '*') {
                regex.append(Pattern.quote(String.valueOf(c)));
            } else if (glob.startsWith("**", i)) {
                regex.append(".*");
                i++;
            } else {
                regex.append(any).append('*');
            }
        }
        return Pattern.compile(regex.toString(), path ? Pattern.DOTALL : Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    }

    /** Each took a backtracking matcher from seconds to years; here it is a millisecond or less on a quiet machine. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a/**/b/**/c",
                "/**/b/**/c/**/d",
                "**/b**/b**/b**/b**/b**/b/c",
                "/*b*b*b*b*b*b*c/**",
                "/**b?*b?*b?*b?**c",
                "**?**?**?**?**?**?**?**?**?**?**?**?**?**c",
                "*a*b*a*b*a*b*c*",
                "**",
            })
    void matchingTakesTimeInProportionToTheText(String glob) {
        for (String text : new String[] {
            "/a" + "/b".repeat(32_767), "/" + "b".repeat(65_535), "/" + "ab".repeat(32_767) + "/", "/".repeat(65_536)
        }) {
            for (String each :
                    new String[] {glob, glob + "**"}) { // the end of the text rules the first one out at once
                assertTimeout(BUSY, () -> Glob.path(each).matches(text));
                assertTimeout(BUSY, () -> Glob.text(each).matches(text));
            }
        }
    }

    @Test
    void theLongestPatternIsFastToo() {
        for (String repeated : new String[] {"*b", "**b", "*?", "?", "*", "**/b"}) {
            String glob = "*" + repeated.repeat((Glob.MAX_LENGTH - 5) / repeated.length()) + "*";
            String text = "/b".repeat(32_768);
            for (String each :
                    new String[] {glob, glob + "**"}) { // the end of the text rules the first one out at once
                assertTimeout(BUSY, () -> Glob.path(each).matches(text));
                assertTimeout(BUSY, () -> Glob.text(each).matches(text));
            }
        }
    }

    @Test
    void aPatternHasABound() {
        String longest = "a".repeat(Glob.MAX_LENGTH);
        assertTrue(Glob.path(longest).matches(longest));
        String bound = ": must have at most 512 characters, not 513; use * for a part";
        refused("path" + bound, () -> Glob.path(longest + "a"));
        refused("host" + bound, () -> Match.ANY.host(longest + "*"));
        refused("header.X-A" + bound, () -> Match.ANY.header("X-A", longest + "*"));
    }
}
