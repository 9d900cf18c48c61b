package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The dashboard as HTTP serves it; {@link DashboardBrowserTest} uses it. */
final class DashboardTest {
    private static final String BROWSER = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";

    private static ControlPlane start(Optional<String> token) throws IOException {
        ServerContext common = new ServerContext(1, TimeSource.SYSTEM, new Journal(10));
        ControlSettings settings = new ControlSettings(
                new Address("127.0.0.1", 0), token, false, Optional.empty(), Optional.empty(), Optional.empty(), false);
        return ControlPlane.start(settings, new ProxyRegistry(common, protocol -> new TcpHandler()), Optional.empty());
    }

    private static String head(ControlPlane plane, String target, String... fields) throws IOException {
        try (Peer client = Peer.connect(plane.address())) {
            String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
            return client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n")
                    .readHead();
        }
    }

    private static String status(ControlPlane plane, String target, String... fields) throws IOException {
        return head(plane, target, fields).substring(9, 12);
    }

    /** A build without npm has no libraries of the page; in CI it is an error. */
    static void needLibraries() {
        boolean complete = Dashboard.isComplete();
        assertTrue(complete || System.getenv("CI") == null, "CI has to have npm");
        Assumptions.assumeTrue(complete, "the dashboard was left out of this build, which had no npm");
    }

    @Test
    void browsersGetThePageUnderAStrictPolicy() throws Exception {
        try (ControlPlane plane = start(Optional.empty())) {
            String head = head(plane, "/", BROWSER);
            assertTrue(head.startsWith("HTTP/1.1 200 "), head);
            String fields = head.toLowerCase(Locale.ROOT);
            assertTrue(fields.contains("content-type: text/html"), head);
            assertTrue(fields.contains("default-src 'none'; script-src 'self'; style-src 'self'"), head);
            assertTrue(fields.contains("frame-ancestors 'none'"), head);
            assertFalse(fields.contains("unsafe"), head);
        }
    }

    @Test
    void aBuildWithoutLibrariesSaysSo() throws Exception {
        try (ControlPlane plane = start(Optional.empty());
                Peer client = Peer.connect(plane.address())) {
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + BROWSER + "\r\n\r\n");
            String page = client.readText();
            assertEquals(!Dashboard.isComplete(), page.contains("left out of this build"), page);
            assertEquals(Dashboard.isComplete(), page.contains("ui/app.js"), page);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Accept: */*", "Accept: application/json", "X-Nothing: 1"})
    void clientsOfToxiproxyGetWhatTheyGot(String accept) throws Exception {
        try (ControlPlane plane = start(Optional.empty())) {
            assertEquals("404", status(plane, "/", accept));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/ui/app.js, javascript",
        "/ui/style.css, text/css",
        "/ui/icon.svg, image/svg+xml",
        "/ui/vendor/preact.js, javascript",
        "/ui/vendor/hooks.js, javascript",
        "/ui/vendor/signals.js, javascript",
        "/ui/vendor/htm.js, javascript",
        "/ui/vendor/uplot.js, javascript",
        "/ui/vendor/uplot.css, text/css",
        "/ui/vendor/LICENSE.preact.txt, text/plain",
        "/ui/vendor/LICENSE.htm.txt, text/plain",
        "/ui/vendor/LICENSE.preact-signals.txt, text/plain",
        "/ui/vendor/LICENSE.preact-signals-core.txt, text/plain",
        "/ui/vendor/LICENSE.uplot.txt, text/plain"
    })
    void filesOfThePageAreThere(String target, String type) throws Exception {
        if (target.contains("/vendor/")) {
            needLibraries();
        }
        try (ControlPlane plane = start(Optional.of("a-token-of-the-test"))) {
            String head = head(plane, target).toLowerCase(Locale.ROOT);
            assertTrue(head.startsWith("http/1.1 200 "), head);
            assertTrue(head.contains("content-type: ") && head.contains(type), head);
            assertTrue(head.contains("x-content-type-options: nosniff"), head);
        }
    }

    @Test
    void anUnchangedFileIsNotSentAgain() throws Exception {
        try (ControlPlane plane = start(Optional.empty())) {
            String head = head(plane, "/ui/app.js");
            String tag = head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("etag:"))
                    .findFirst()
                    .orElseThrow()
                    .substring("etag:".length())
                    .strip();
            assertEquals("304", status(plane, "/ui/app.js", "If-None-Match: " + tag));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/ui/", "/ui/nothing.js", "/ui/../AccessFilter.class", "/ui/%2e%2e/AccessFilter.class", "/ui"})
    void nothingElseIs(String target) throws Exception {
        try (ControlPlane plane = start(Optional.empty())) {
            String status = status(plane, target);
            assertTrue(status.startsWith("4") || status.startsWith("3"), status);
        }
    }

    @Test
    void thePageNeedsNoTokenAndTheApiDoes() throws Exception {
        try (ControlPlane plane = start(Optional.of("a-token-of-the-test"))) {
            assertEquals("200", status(plane, "/", BROWSER));
            assertEquals("401", status(plane, "/", "Accept: */*"));
            assertEquals("401", status(plane, "/api/v1/proxies", BROWSER));
            assertEquals("401", status(plane, "/ui/../api/v1/proxies", BROWSER));
            assertEquals("401", status(plane, "/ui/%2e%2e/api/v1/proxies", BROWSER));
        }
    }

    /** A link to the page may stand anywhere; a page of another origin may load nothing. */
    @Test
    void otherPagesMayLinkToItOnly() throws Exception {
        try (ControlPlane plane = start(Optional.empty())) {
            String foreign = "Sec-Fetch-Site: cross-site";
            assertEquals(
                    "200",
                    status(plane, "/", BROWSER, foreign, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"));
            assertEquals(
                    "403", status(plane, "/", BROWSER, foreign, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"));
            assertEquals("403", status(plane, "/", BROWSER, foreign, "Sec-Fetch-Mode: no-cors"));
            assertEquals("403", status(plane, "/ui/app.js", foreign, "Sec-Fetch-Mode: no-cors"));
            assertEquals(
                    "403",
                    status(
                            plane,
                            "/api/v1/proxies",
                            BROWSER,
                            foreign,
                            "Sec-Fetch-Mode: navigate",
                            "Sec-Fetch-Dest: document"));
        }
    }

    @Test
    void namesOfOthersAreRefused() throws Exception {
        try (ControlPlane plane = start(Optional.empty());
                Peer client = Peer.connect(plane.address())) {
            client.send("GET / HTTP/1.1\r\nHost: evil.example\r\n" + BROWSER + "\r\n\r\n");
            assertEquals("403", client.readHead().substring(9, 12));
        }
    }
}
