package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.demo.DemoOrigin;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.kit.Threads;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** What the dashboard offers besides watching and editing: trying a proxy, documents, proxies that come and go. */
final class DashboardToolsBrowserTest {
    /** A name that does harm where it is taken for markup. */
    private static final String MARKUP = "<img src=x onerror=\"document.title='broken'\">";

    private static DashboardBrowser browser;

    private Origin origin;
    private ProxyRegistry registry;
    private ControlPlane control;
    private ProxyServer web;

    @BeforeAll
    static void startBrowser() {
        browser = new DashboardBrowser();
    }

    @AfterAll
    static void closeBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        browser.newTab();
        origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        registry = new ProxyRegistry(
                new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY)), TestProxy::handler);
        web = registry.add(TestProxy.spec(Protocol.HTTP, origin.port()), true);
        control = ControlPlane.start(DashboardBrowser.settings(Optional.empty()), registry, Optional.empty());
    }

    @AfterEach
    void stop() throws Exception {
        if (control != null) {
            control.close();
            registry.close();
            origin.close();
        }
    }

    private void open(String fragment) {
        browser.open(control.address(), fragment);
    }

    @Test
    void requestsAreTriedWithoutAndWithFaults() throws Exception {
        web.change(plan -> plan.with(Rule.of("late", Latency.of(Duration.ofMillis(120)))));
        open("#/proxies/http");
        browser.fill("#try-count", "10");
        browser.find("#try-count").sendKeys(Keys.ENTER); // the form is usable by keyboard
        browser.awaitText(".compared tbody", "10 × 200");
        browser.await("document.querySelector('.try .primary')");
        String with = (String)
                browser.run("return document.querySelector('.compared tbody tr td:nth-of-type(2)').textContent");
        assertTrue(with.matches("1[2-9]\\d ms|[2-9]\\d\\d ms|.* s"), with);
        assertEquals(10, web.traffic().exchanges());
        browser.await("document.querySelectorAll('.shares path[d^=M]').length === 2");
        browser.shoot("try", ".try");
        browser.accessible();
        browser.theme("dark");
        browser.shoot("try-dark", ".try");
        browser.accessible();
        browser.width(380, 800);
        browser.fits();
        browser.shoot("try-phone", ".try");
        browser.noErrors();
    }

    @Test
    void aRunIsStoppedAndItsErrorsAreShown() throws Exception {
        web.change(plan -> plan.with(Rule.of("late", Latency.of(Duration.ofMinutes(1)))));
        open("#/proxies/http");
        browser.fill("#try-what", "no-path");
        browser.click(".try .primary");
        browser.awaitText(".try [role=alert]", "path: must begin with /");
        browser.fill("#try-what", "/");
        browser.click(".try .primary");
        browser.awaitText(".try [role=status]", "With faults: 0 of 50");
        browser.click(".try form [type=button]");
        Threads.awaitNone("try ");
        browser.await("document.querySelector('.try .primary')");
        browser.click(".try .primary");
        browser.awaitText(".try [role=status]", "With faults: 0 of 50");
        open("#/");
        Threads.awaitNone("try ");
        browser.noErrors(400);
    }

    @Test
    void aTcpProxyIsTriedWithText() throws Exception {
        try (Origin echo = Origin.echo()) {
            registry.add(TestProxy.spec(Protocol.TCP, echo.port()).named(MARKUP.replace("/", "")), true);
            open("#/proxies/"
                    + URLEncoder.encode(MARKUP, StandardCharsets.UTF_8).replace("+", "%20"));
            browser.fill("#try-what", "PING\\r\\n");
            browser.fill("#try-count", "3");
            browser.click(".try .primary");
            browser.awaitText(".compared tbody", "3 of 3");
            assertEquals(0L, browser.run("return document.querySelectorAll('img[src=x]').length"));
            browser.accessible();
            browser.noErrors();
        }
    }

    @Test
    void theDemosAreSideBySideUnderTheFaultsOfTheirProxy() throws Exception {
        String name = MARKUP.replace("/", "");
        control.close();
        try (DemoOrigin demo = DemoOrigin.start("127.0.0.1", 0)) {
            ProxyServer proxy = registry.add(
                    TestProxy.spec(Protocol.HTTP, demo.address().getPort()).named(name), true);
            control = ControlPlane.start(
                    DashboardBrowser.settings(Optional.empty()), registry, Optional.empty(), Optional.of(name));
            open("");
            browser.click("nav a[href='#/demos']");
            browser.await("document.querySelector('iframe.demos')");
            browser.driver().switchTo().frame(browser.find("iframe.demos"));
            for (String way : List.of("polling", "long", "events", "socket")) {
                browser.awaitText("#" + way + " .late", "ms");
            }
            browser.driver().switchTo().defaultContent();
            browser.shoot("demos");
            browser.accessible();
            proxy.change(plan -> plan.with(Rule.of("cut", Reset.atRequest())));
            browser.awaitText(".rules .what", "cut");
            browser.driver().switchTo().frame(browser.find("iframe.demos"));
            browser.awaitText("#polling h2", "trying again");
            browser.driver().switchTo().defaultContent();
            browser.click(".clear");
            browser.driver().switchTo().frame(browser.find("iframe.demos"));
            browser.await("!document.querySelector('#polling h2').textContent.includes('again')");
            browser.driver().switchTo().defaultContent();
            browser.theme("dark");
            browser.driver().switchTo().frame(browser.find("iframe.demos"));
            browser.awaitText("#socket .late", "ms");
            assertEquals(true, browser.run("return document.documentElement.classList.contains('dark')"));
            browser.driver().switchTo().defaultContent();
            browser.shoot("demos-dark");
            browser.width(380, 800);
            browser.fits();
            browser.shoot("demos-phone");
            assertEquals(0L, browser.run("return document.querySelectorAll('img[src=x]').length"));
        }
    }

    @Test
    void aProxyIsAddedSwitchedAndRemoved() throws Exception {
        String name = MARKUP.replace("/", "");
        open("");
        browser.click(".bar .away button:last-child");
        browser.fill("#proxy-name", "http");
        browser.fill("#proxy-upstream", "nonsense");
        browser.find("#proxy-upstream").sendKeys(Keys.ENTER);
        browser.awaitText("#proxy-name-about", "another proxy");
        browser.fill("#proxy-name", name);
        browser.find("#proxy-name").sendKeys(Keys.ENTER);
        browser.awaitText("dialog [role=alert]", "upstream: ");
        browser.shoot("add-proxy");
        browser.accessible();
        browser.fill("#proxy-upstream", "127.0.0.1:" + origin.port());
        browser.find("#proxy-upstream").sendKeys(Keys.ENTER);
        browser.awaitText(".proxies tbody", "<img src=x");
        ProxyServer added = registry.find(name).orElseThrow();
        assertTrue(added.isEnabled());
        open("#/proxies/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"));
        browser.click(".away button");
        browser.awaitText(".bar .state", "off");
        browser.awaitText(".away button", "Switch on");
        assertFalse(added.isEnabled());
        questionsAreLate();
        browser.await("window.begun > 2");
        browser.click(".away button:nth-child(2)");
        browser.awaitText(".proxies tbody", "http");
        browser.await("window.over === window.begun");
        assertTrue(registry.find(name).isEmpty());
        assertEquals(0L, browser.run("return document.querySelectorAll('img[src=x]').length"));
        browser.noErrors(400);
    }

    /** What the page asks about a proxy again and again reaches the server so late that the proxy may be gone by then. */
    private void questionsAreLate() {
        browser.run("""
            const real = window.fetch;
            window.begun = 0;
            window.over = 0;
            window.fetch = async (url, options) => {
              if (!/\\/(exchanges|connections)\\?/.test(url)) return real(url, options);
              window.begun++;
              await new Promise((done) => setTimeout(done, 1500));
              return real(url, options).finally(() => window.over++);
            };
            """);
    }

    @Test
    void aRuleIsShownAsJava() throws Exception {
        web.change(plan -> plan.with(Rule.of(MARKUP.replace("/", ""), Latency.of(Duration.ofMillis(5)))));
        open("#/proxies/http");
        browser.click("[aria-label^='Copy as text']");
        browser.awaitText("dialog.copies", "proxy.inject(Rule.of(");
        browser.awaitText("dialog.copies", "Latency.of(Duration.ofMillis(5))");
        assertEquals(0L, browser.run("return document.querySelectorAll('img[src=x]').length"));
        browser.shoot("copy");
        browser.accessible();
        browser.noErrors();
    }

    @Test
    void documentsAreShownThoughATokenIsNeeded() throws Exception {
        control.close();
        control = ControlPlane.start(DashboardBrowser.settings(Optional.of("let-me-in")), registry, Optional.empty());
        open("");
        browser.fill("#token", "let-me-in");
        browser.find("#token").sendKeys(Keys.ENTER);
        browser.awaitText(".server", "Live");
        for (String text : new String[] {
            "OpenAPI|\"openapi\": \"3.1.0\"", "Metrics|# TYPE chaos_", "Health|\"status\"", "Configuration|chaos-proxy"
        }) {
            String[] parts = text.split("\\|", 2);
            browser.find(".foot a[href$=" + parts[0].toLowerCase(Locale.ROOT) + "]")
                    .click();
            browser.awaitText(".documents h1", parts[0]);
            browser.awaitText(".documents pre", parts[1]);
        }
        browser.shoot("document");
        browser.accessible();
        browser.click("nav a[href='#/docs/reference']");
        browser.awaitText(".text h1", "Reference of the configuration");
        browser.shoot("docs");
        browser.accessible();
        browser.click(".text a[href='#/docs/reference/fields-of-every-rule']");
        browser.await("Math.abs(document.querySelector('#fields-of-every-rule').getBoundingClientRect().top) < 200");
        browser.click("nav a[href='#/docs/tls']");
        browser.awaitText(".text h1", "TLS");
        browser.width(380, 800);
        browser.fits();
        browser.shoot("docs-phone");
        browser.noErrors(401);
    }
}
