package io.chaosproxy.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GlobTest {
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
}
