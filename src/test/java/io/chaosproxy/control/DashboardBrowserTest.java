package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.http.Http1Handler;
import io.chaosproxy.kit.Clock;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import io.chaosproxy.relay.TcpHandler;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.support.ui.WebDriverWait;

/** The dashboard in Chromium. Screenshots go to {@code target/screenshots}. */
final class DashboardBrowserTest {
    private static final Path SHOTS = Path.of("target/screenshots");
    private static final Duration LONG = Duration.ofSeconds(30);

    /** A name that does harm where it is taken for markup. */
    private static final String MARKUP = "<img src=x onerror=\"document.title='broken'\">";

    private static DashboardBrowser chromium;

    private Origin origin;
    private ProxyRegistry registry;
    private ControlPlane control;
    private ProxyServer web;
    private ChromeDriver browser;

    @BeforeAll
    static void startBrowser() {
        chromium = new DashboardBrowser();
    }

    @AfterAll
    static void closeBrowser() {
        if (chromium != null) {
            chromium.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        chromium.newTab();
        browser = chromium.driver();
        origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        registry = new ProxyRegistry(
                new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY)),
                protocol -> protocol == Protocol.TCP ? new TcpHandler() : new Http1Handler());
        web = registry.add(TestProxy.spec(Protocol.HTTP, origin.port()), true);
        control = ControlPlane.start(settings(0, Optional.empty()), registry, Optional.empty());
    }

    private static ControlSettings settings(int port, Optional<String> token) {
        return new ControlSettings(
                new Address("127.0.0.1", port),
                token,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
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
        chromium.open(control.address(), fragment);
    }

    private void await(String script) {
        new WebDriverWait(browser, LONG)
                .withMessage(() -> "never true: " + script + "; the page: "
                        + browser.executeScript("return document.body.innerText") + "; the console: "
                        + browser.manage().logs().get(LogType.BROWSER).getAll())
                .until(driver -> Boolean.TRUE.equals(browser.executeScript("return Boolean(" + script + ")")));
    }

    private void awaitText(String selector, String text) {
        await("document.querySelector('" + selector + "')?.textContent.includes('" + text + "')");
    }

    private WebElement find(String selector) {
        return browser.findElement(By.cssSelector(selector));
    }

    private void click(String selector) {
        await("document.querySelector(\"" + selector + "\")");
        find(selector).click();
    }

    private void shoot(String name) throws Exception {
        Files.createDirectories(SHOTS);
        Files.write(SHOTS.resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
    }

    /** The whole page, as high as it is, in each theme and as wide as a telephone. */
    private void shootWhole(String name) throws Exception {
        for (String theme : List.of("light", "dark")) {
            browser.executeScript(
                    "document.documentElement.dataset.theme = arguments[0]; dispatchEvent(new Event('chaos-theme'))",
                    theme);
            shootWhole(name + "-" + theme, 1280);
        }
        shootWhole(name + "-380", 380);
        browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    }

    private void shootWhole(String name, int width) throws Exception {
        show(width, 900);
        Object height = browser.executeScript("return Math.ceil(document.documentElement.scrollHeight)");
        Object wide = browser.executeScript("return document.documentElement.scrollWidth");
        assertTrue(Integer.parseInt(String.valueOf(wide)) <= width, "something is wider than the page: " + wide);
        show(width, Integer.parseInt(String.valueOf(height)));
        shoot(name);
    }

    private void show(int width, int height) {
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    private void noErrors() {
        List<String> errors = browser.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::toString)
                .toList();
        assertEquals(List.of(), errors);
    }

    private void accessible() throws Exception {
        try (InputStream axe = DashboardBrowserTest.class.getResourceAsStream("ui/vendor/axe.js")) {
            browser.executeScript(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
        }
        Object found = browser.executeAsyncScript(
                "const done = arguments[0];axe.run(document).then(r => done(r.violations.filter(v => ['serious',"
                    + " 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + '"
                    + " ' + n.failureSummary).join('; '))));");
        assertEquals(List.of(), found);
    }

    private double exchange() throws Exception {
        Clock clock = Clock.start();
        try (Peer client = Peer.connect(web.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 200"));
        }
        return clock.millis();
    }

    @Test
    void trafficIsShownLiveInBothThemesAndOnAPhone() throws Exception {
        open("");
        awaitText(".server", "Live");
        awaitText(".proxies tbody th", "http");
        await("!document.querySelector('[data-label=\"First byte p50\"]').textContent.match(/\\d/)");
        for (int i = 0; i < 20; i++) {
            exchange();
        }
        await("document.querySelector('[data-label=\"First byte p50\"]').textContent.match(/\\d/)");
        shoot("live");
        accessible();
        click(".theme"); // light
        click(".theme"); // dark
        await("document.documentElement.dataset.theme === 'dark'");
        shoot("live-dark");
        accessible();
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", 380, "height", 800, "deviceScaleFactor", 2, "mobile", true));
        await("innerWidth === 380");
        assertEquals(true, browser.executeScript("return document.documentElement.scrollWidth <= innerWidth"));
        shoot("live-phone");
        open("#/proxies/http");
        await("document.querySelector('.u-over')");
        assertEquals(true, browser.executeScript("return document.documentElement.scrollWidth <= innerWidth"));
        shoot("proxy-phone");
        noErrors();
    }

    @Test
    void aFaultIsAddedChangesTrafficAndIsCleared() throws Exception {
        open("#/proxies/http");
        click(".rules .primary");
        await("document.querySelector('dialog.editor #field-delay')");
        WebElement delay = find("#field-delay");
        delay.clear();
        delay.sendKeys("nonsense");
        click("dialog.editor footer .primary");
        awaitText("dialog.editor [role=alert]", "delay");
        browser.executeScript("const s = document.querySelector('#fault-form'); s.value = 'lognormal';"
                + "s.dispatchEvent(new Event('change', { bubbles: true }));");
        await("document.querySelector('.curve path.line')");
        String before = find(".curve path.line").getDomAttribute("d");
        browser.executeScript("const s = document.querySelector('#field-sigma'); s.value = '1.2';"
                + "s.dispatchEvent(new Event('input', { bubbles: true }));");
        await("document.querySelector('.curve path.line').getAttribute('d') !== " + ConfigUtil.quoteString(before));
        shoot("editor");
        accessible();
        browser.executeScript("const s = document.querySelector('#fault-form'); s.value = 'fixed';"
                + "s.dispatchEvent(new Event('change', { bubbles: true }));");
        await("document.querySelector('#field-delay')");
        delay = find("#field-delay");
        delay.clear();
        delay.sendKeys("300ms");
        click("dialog.editor footer .primary");
        awaitText(".rules .what", "latency");
        assertEquals(
                "5m",
                ConfigWriter.write(web.plan().rules().getFirst()).unwrapped().get("ttl"));
        assertTrue(exchange() >= 300);
        awaitText(".rules .count", "1 last minute");
        await("document.querySelector('.u-over')");
        shoot("proxy");
        accessible();
        click(".switch");
        await("document.querySelector('.switch[aria-checked=\"false\"]')");
        assertFalse(web.plan().rules().getFirst().chance().canHit());
        click(".switch");
        await("document.querySelector('.switch[aria-checked=\"true\"]')");
        assertTrue(web.plan().rules().getFirst().chance().canHit());
        click(".clear");
        awaitText(".rules .empty", "unchanged");
        assertEquals(List.of(), web.plan().rules());
        open("#/journal");
        awaitText(".space .entry", "latency");
        shoot("journal");
        accessible();
        noErrors(400);
    }

    /** Besides those of requests that are to be refused. */
    private void noErrors(int refused) {
        List<String> errors = browser.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::toString)
                .filter(text -> !text.contains("status of " + refused))
                .toList();
        assertEquals(List.of(), errors);
    }

    @Test
    void aNetworkIsChosenWithOneClick() throws Exception {
        open("#/proxies/http");
        await("document.querySelector('.profiles button')");
        find(".profiles button").click();
        await("document.querySelectorAll('.rules li').length > 1");
        assertTrue(web.plan().rules().size() > 1);
        shoot("network");
        noErrors();
    }

    @Test
    void namesAreText() throws Exception {
        web.change(plan -> plan.with(Rule.of(MARKUP.replace("/", ""), Latency.of(Duration.ofMillis(1)))));
        exchange();
        for (String fragment : List.of("", "#/proxies/http", "#/journal", "#/proxies/" + MARKUP)) {
            open(fragment);
            browser.navigate().refresh();
            await("document.querySelector('main')");
            awaitText("main", fragment.contains("img") ? "no proxy" : "<img src=x");
            assertEquals(0L, browser.executeScript("return document.querySelectorAll('img[src=x]').length"));
            assertTrue(browser.getTitle().endsWith(" · chaos-proxy"), browser.getTitle());
        }
        noErrors();
    }

    @Test
    void aLostServerIsToldAndFoundAgain() throws Exception {
        open("");
        awaitText(".server", "Live");
        browser.findElement(By.cssSelector("[type=search]")).sendKeys("htt");
        int port = control.address().getPort();
        control.close();
        awaitText(".server", "lost");
        shoot("lost");
        control = ControlPlane.start(settings(port, Optional.empty()), registry, Optional.empty());
        awaitText(".server", "Live");
        assertEquals("htt", find("[type=search]").getDomProperty("value"));
    }

    @Test
    void aTokenIsAskedFor() throws Exception {
        control.close();
        control = ControlPlane.start(settings(0, Optional.of("let-me-in")), registry, Optional.empty());
        open("");
        await("document.querySelector('dialog.locked[open]')");
        press(Keys.ESCAPE);
        press(Keys.ESCAPE); // the second time a browser closes a dialog whatever the page says
        await("document.querySelector('dialog.locked[open]')");
        find("#token").sendKeys("пароль", Keys.ENTER);
        awaitText("#token-about", "ASCII");
        find("#token").clear();
        find("#token").sendKeys("wrong", Keys.ENTER);
        awaitText("#token-about", "not the token");
        find("#token").clear();
        find("#token").sendKeys("let-me-in", Keys.ENTER);
        awaitText(".server", "Live");
        awaitText(".proxies tbody th", "http");
        shoot("unlocked");
    }

    @Test
    void aRuleIsShownAsTextForFileCurlAndCtl() throws Exception {
        web.change(plan ->
                plan.with(Rule.of("it's", Latency.of(Duration.ofMillis(5))).when(Match.path("/a b/**"))));
        open("#/proxies/http");
        click("[aria-label^='Copy as text']");
        awaitText("dialog.copies", "chaos-proxy.proxies.http.faults.\"it\\'s\" {");
        String text = find("dialog.copies").getText();
        assertTrue(text.contains("/api/v1/proxies/http/rules/it'\\''s' -d '"), text);
        assertTrue(text.contains("chaos-proxy ctl add http 'it'\\''s' "), text);
        assertTrue(text.contains("'when.path=/a b/**'"), text);
        shoot("copy");
        accessible();
        noErrors();
    }

    @Test
    void aConnectionIsReset() throws Exception {
        open("#/proxies/http");
        try (Peer client = Peer.connect(web.address())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertTrue(client.readHead().startsWith("HTTP/1.1 200"));
            click("[aria-label='Reset connection 1']");
            await("!document.querySelector('[aria-label=\"Reset connection 1\"]')");
            assertEquals(0, web.connections().size());
        }
        noErrors();
    }

    /** The page of a proxy whose exchanges are recorded. */
    private void openRecording(String fragment) throws Exception {
        open(fragment);
        awaitText(".server", "Live");
        await("document.querySelector('.timeline')");
        TestProxy.await("recording", () -> registry.common().traces().isRecording());
    }

    @Test
    void theCourseOfAnExchangeIsShownAndWhyRulesHitIt() throws Exception {
        String name = MARKUP.replace("/", "");
        web.change(plan -> plan.with(Rule.of("slow", Latency.of(Duration.ofMillis(300))))
                .with(Rule.of(name, Latency.of(Duration.ofMillis(1))).when(Match.path("/other/**")))
                .with(Rule.of("rare", Latency.of(Duration.ofMillis(1))).probability(1e-9)));
        openRecording("#/proxies/http");
        exchange();
        awaitText(".exchanges tbody", "GET /");
        tabTo(".exchanges .link");
        press(Keys.ENTER);
        await("document.querySelector('dialog.exchange[open] .why li')");
        String text = find("dialog.exchange").getText();
        for (String part :
                List.of("Dial", "Wait for upstream", "slow", "Hit", "No match", "/other/**", "Missed", "completed")) {
            assertTrue(text.contains(part), part + " in " + text);
        }
        assertTrue(text.contains(name), text);
        assertEquals(0L, browser.executeScript("return document.querySelectorAll('img[src=x]').length"));
        assertEquals("http · chaos-proxy", browser.getTitle());
        accessible();
        shootWhole("exchange");
        press(Keys.ESCAPE);
        await("!document.querySelector('dialog.exchange')");
        await("document.activeElement.matches('.exchanges .link')");
        noErrors();
    }

    @Test
    void delaysAndHitsOfEachRuleAreDrawn() throws Exception {
        openRecording("#/proxies/http");
        web.change(plan -> plan.with(Rule.of("jitter", Latency.between(Duration.ofMillis(5), Duration.ofMillis(60)))));
        for (int i = 0; i < 12; i++) {
            exchange();
        }
        awaitText(".delays .ends", "12 delays");
        await("document.querySelectorAll('.delays .bin').length > 0");
        await("document.querySelector('.timeline .tick')");
        awaitText(".timeline .lanes", "jitter");
        await("document.querySelector('.timeline .mark')");
        accessible();
        shootWhole("details");
        noErrors();
    }

    private void type(String selector, String text) {
        WebElement field = find(selector);
        field.clear();
        field.sendKeys(text);
    }

    /** The draft as the editor shows it. */
    private Config draft() {
        return ConfigFactory.parseString((String) browser.executeScript(
                "return [...document.querySelectorAll('dialog.editor details pre')].at(-1).textContent"));
    }

    @Test
    void whatIsTypedIsWhatIsSaved() throws Exception {
        Rule edits = Rule.of("edits", Headers.ofResponse("Set-Cookie", "a=1; Path=/; HttpOnly"));
        web.change(plan -> plan.with(edits.when(Match.ANY.methods("GET", "POST"))));
        open("#/proxies/http");
        click(".rules .primary");
        await("document.querySelector('#fault-form')");
        browser.executeScript("const s = document.querySelector('#fault-form'); s.value = 'lognormal';"
                + "s.dispatchEvent(new Event('change', { bubbles: true }));");
        await("document.querySelector('#field-sigma')");
        for (String sigma : List.of("0.05", "1.50", "0")) {
            type("#field-sigma", sigma);
            assertEquals(sigma, find("#field-sigma").getDomProperty("value"));
            assertEquals(Double.parseDouble(sigma), draft().getDouble("sigma"));
        }
        awaitText(".curve", "every hit is delayed by");
        type("#field-median", "1,5s");
        awaitText(".curve", "no curve");
        type("#field-median", "1 hour");
        type("#field-sigma", "0.5");
        await("document.querySelector('.curve path.line')");
        find("#field-probability").sendKeys("0.025");
        assertEquals(0.025, draft().getDouble("probability"));
        find("[aria-label='probability, slider']").sendKeys(Keys.ARROW_RIGHT);
        assertTrue(draft().getDouble("probability") > 0.025);
        press(Keys.ESCAPE);

        click("[aria-label='Edit edits']");
        await("document.querySelector('#field-set')");
        find("#field-set").sendKeys("\nX-New: 1");
        browser.executeScript("document.querySelectorAll('dialog.editor details').forEach(each => each.open = true)");
        type("#field-method", "GET, PUT");
        find("#field-header").sendKeys("nonsense");
        click("dialog.editor footer .primary");
        awaitText("dialog.editor [role=alert]", "when.header");
        find("#field-header").sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
        click("dialog.editor footer .primary");
        await("!document.querySelector('dialog.editor')");
        assertEquals(
                List.of(Rule.of(
                                "edits",
                                new Headers(
                                        Headers.On.RESPONSE,
                                        Map.of("Set-Cookie", "a=1; Path=/; HttpOnly", "X-New", "1"),
                                        List.of()))
                        .when(Match.ANY.methods("GET", "PUT"))),
                web.plan().rules());
        noErrors(400);
    }

    @Test
    void anEditThatWasOvertakenIsTold() throws Exception {
        Rule slow = Rule.of("slow", Latency.of(Duration.ofMillis(5)));
        web.change(plan -> plan.with(slow));
        open("#/proxies/http");
        click("[aria-label='Edit slow']");
        awaitText("dialog.editor footer .primary", "Save");
        web.change(plan -> plan.with(Rule.of("slow", Latency.of(Duration.ofMillis(7)))));
        awaitText("dialog.editor footer [role=alert]", "changed elsewhere");
        awaitText("dialog.editor footer .primary", "Overwrite");
        web.change(plan -> plan.without("slow"));
        awaitText("dialog.editor footer [role=alert]", "removed");
        click("dialog.editor footer .primary"); // add it again
        await("!document.querySelector('dialog.editor')");
        assertEquals(List.of(slow), web.plan().rules());

        click(".rules .primary");
        await("document.querySelector('#rule-name')");
        for (String name : List.of("slow", "..")) {
            browser.executeScript(
                    "document.querySelectorAll('dialog.editor details').forEach(each => each.open = true)");
            type("#rule-name", name);
            click("dialog.editor footer .primary");
            awaitText("dialog.editor footer [role=alert]", name);
        }
        assertEquals(List.of(slow), web.plan().rules());
        browser.navigate().back(); // the dialog belongs to the view that is left
        open("#/proxies/%");
        await("!document.querySelector('dialog.editor')");
        awaitText("main", "no proxy");
        noErrors();
    }

    @Test
    void theJournalStandsStillWhileItIsRead() throws Exception {
        web.change(plan -> plan.with(Rule.of("slow", Latency.of(Duration.ofMillis(1)))));
        exchange();
        open("#/journal");
        awaitText(".space .entry", "slow");
        browser.executeScript("document.querySelector('.space .link').focus()");
        exchange();
        awaitText(".bar", "Show 1 newer");
        assertEquals(1L, browser.executeScript("return document.querySelectorAll('.space .entry').length"));
        browser.executeScript("[...document.querySelectorAll('.bar button')].at(-1).click()");
        await("document.querySelectorAll('.space .entry').length === 2");
        find("[type=search]").sendKeys(":");
        await("document.querySelectorAll('.space .entry').length === 2");
        find("[type=search]").sendKeys("99:");
        awaitText(".empty", "No hit");
        noErrors();
    }

    @Test
    void anEntryOfTheJournalLeadsToItsExchange() throws Exception {
        web.change(plan -> plan.with(Rule.of("slow", Latency.of(Duration.ofMillis(20)))));
        exchange();
        open("#/journal");
        awaitText(".space .entry", "slow");
        click(".space .link");
        awaitText("dialog.exchange .empty", "records are made while they are asked for");
        press(Keys.ESCAPE);
        await("!document.querySelector('dialog.exchange')");
        TestProxy.await("recording", () -> registry.common().traces().isRecording());
        exchange();
        awaitText(".bar", "Show 1 newer"); // the focus is on the row that was opened
        browser.executeScript("[...document.querySelectorAll('.bar button')].at(-1).click()");
        await("document.querySelectorAll('.space .entry').length === 2");
        click(".space .link"); // the newest
        awaitText("dialog.exchange .why", "slow");
        accessible();
        noErrors(404);
    }

    @Test
    void eachConnectionHasItsShareOfTheLink() throws Exception {
        openRecording("#/proxies/http");
        try (Peer one = Peer.connect(web.address());
                Peer other = Peer.connect(web.address())) {
            for (Peer client : List.of(one, other)) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                assertTrue(client.readHead().startsWith("HTTP/1.1 200"));
            }
            await("document.querySelectorAll('.split .track.down i').length === 2");
            assertTrue(find(".split .track.down").getDomAttribute("aria-label").contains("no. "));
            shoot("shares");
            accessible();
        }
        noErrors();
    }

    /** From the top of the page to a new fault, without a mouse. */
    @Test
    void theKeyboardIsEnough() throws Exception {
        open("#/proxies/http");
        awaitText(".server", "Live");
        await("document.querySelector('.rules .primary')");
        tabTo(".rules .primary");
        press(Keys.ENTER);
        await("document.querySelector('dialog.editor #field-delay')");
        tabTo("dialog.editor footer .primary");
        press(Keys.ENTER);
        awaitText(".rules .what", "latency");
        await("document.activeElement === document.querySelector('.rules .primary')");
        tabTo(".switch");
        press(Keys.SPACE);
        await("document.querySelector('.switch[aria-checked=\"false\"]')");
        noErrors();
    }

    private void tabTo(String selector) {
        for (int i = 0; i < 60; i++) {
            if (Boolean.TRUE.equals(
                    browser.executeScript("return document.activeElement?.matches(arguments[0])", selector))) {
                return;
            }
            press(Keys.TAB);
        }
        throw new AssertionError("the focus never reaches " + selector);
    }

    private void press(Keys key) {
        browser.switchTo().activeElement().sendKeys(key);
    }
}
