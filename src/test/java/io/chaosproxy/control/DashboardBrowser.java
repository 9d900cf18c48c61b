package io.chaosproxy.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ControlSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Chromium with the dashboard in it, one for all tests of a class, since its start costs seconds of processor time. Screenshots go
 * to {@code target/screenshots}.
 */
final class DashboardBrowser implements AutoCloseable {
    private static final Path SHOTS = Path.of("target/screenshots");
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Duration LONG = Duration.ofSeconds(60);

    private final ChromeDriver driver;
    private final Set<String> origins = new HashSet<>(); // whose storage is empty, or was filled in this tab

    DashboardBrowser() {
        need();
        driver = chromium();
    }

    /** An empty tab in place of the one of the test before, of which nothing is left. */
    void newTab() {
        String old = driver.getWindowHandle();
        String next = driver.switchTo().newWindow(WindowType.TAB).getWindowHandle();
        driver.switchTo().window(old).close();
        driver.switchTo().window(next);
        driver.manage().logs().get(LogType.BROWSER);
        origins.clear();
    }

    /** Skips the test where the browser or the dashboard is missing; in CI that is a failure. */
    private static void need() {
        boolean there = Files.exists(CHROMIUM) && Files.exists(DRIVER);
        assertTrue(there || System.getenv("CI") == null, "CI has to have chromium and chromium-driver");
        DashboardTest.needLibraries();
        Assumptions.assumeTrue(there, "there is no chromium and chromedriver in /usr/bin");
    }

    private static ChromeDriver chromium() {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toString());
        options.addArguments(
                "--headless=new",
                "--no-sandbox", // tests run as root in CI
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--window-size=1280,900",
                "--force-prefers-reduced-motion");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER.toFile())
                .usingAnyFreePort()
                .build();
        return new ChromeDriver(service, options);
    }

    /** Settings of a control plane on a free port. */
    static ControlSettings settings(Optional<String> token) {
        return new ControlSettings(
                new Address("127.0.0.1", 0), token, false, Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    ChromeDriver driver() {
        return driver;
    }

    void open(InetSocketAddress control, String fragment) {
        String origin = "http://127.0.0.1:" + control.getPort();
        if (origins.add(origin)) { // an earlier control plane may have had this port
            driver.executeCdpCommand("Storage.clearDataForOrigin", Map.of("origin", origin, "storageTypes", "all"));
        }
        driver.get(origin + "/" + fragment);
    }

    /** Waits until an expression is true. */
    void await(String script) {
        new WebDriverWait(driver, LONG)
                .withMessage(() -> "never true: " + script + "; the page: " + run("return document.body.innerText")
                        + "; the console: "
                        + driver.manage().logs().get(LogType.BROWSER).getAll())
                .until(each -> Boolean.TRUE.equals(run("return Boolean(" + script + ")")));
    }

    void awaitText(String selector, String text) {
        await("document.querySelector(\"" + selector + "\")?.textContent.includes('" + text + "')");
    }

    Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    void click(String selector) {
        await("document.querySelector(\"" + selector + "\")");
        find(selector).click();
    }

    /** Replaces the text of a field. */
    void fill(String selector, String text) {
        await("document.querySelector(\"" + selector + "\")");
        find(selector).clear();
        find(selector).sendKeys(text);
    }

    /** Chooses an option of a select. */
    void choose(String selector, String value) {
        await("document.querySelector(\"" + selector + "\")");
        run(
                "const s = document.querySelector(arguments[0]); s.value = arguments[1];"
                        + "s.dispatchEvent(new Event('change', { bubbles: true }));",
                selector,
                value);
    }

    void theme(String theme) {
        run("document.documentElement.dataset.theme = arguments[0]; dispatchEvent(new Event('chaos-theme'));", theme);
    }

    void width(int pixels, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", pixels, "height", height, "deviceScaleFactor", 1, "mobile", pixels < 600));
        await("innerWidth === " + pixels);
    }

    /** No part is wider than the page. */
    void fits() {
        assertEquals(true, run("return document.documentElement.scrollWidth <= innerWidth"));
    }

    void shoot(String name) throws IOException {
        Files.createDirectories(SHOTS);
        Files.write(SHOTS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    }

    /** With the selected part at the top. */
    void shoot(String name, String selector) throws IOException {
        run("scrollTo(0, document.querySelector(arguments[0]).getBoundingClientRect().top + scrollY - 80)", selector);
        shoot(name);
    }

    /** Fails on any warning or error of the console, except that a request was answered with one of these statuses. */
    void noErrors(Integer... refused) {
        List<String> errors = driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::toString)
                .filter(text -> List.of(refused).stream().noneMatch(status -> text.contains("status of " + status)))
                .toList();
        assertEquals(List.of(), errors);
    }

    /** Fails if axe-core finds something serious. */
    void accessible() throws IOException {
        try (InputStream axe = DashboardBrowser.class.getResourceAsStream("ui/vendor/axe.js")) {
            driver.executeScript(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
        }
        Object found = driver.executeAsyncScript(
                "const done = arguments[0];axe.run(document).then(r => done(r.violations.filter(v => ['serious',"
                    + " 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + '"
                    + " ' + n.failureSummary).join('; '))));");
        assertEquals(List.of(), found);
    }

    @Override
    public void close() {
        driver.quit();
    }
}
