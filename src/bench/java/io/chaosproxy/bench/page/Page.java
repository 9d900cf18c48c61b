package io.chaosproxy.bench.page;

import static java.util.Objects.requireNonNull;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.WebDriverWait;

/** Chromium with the dashboard. */
final class Page implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String COUNT_FRAMES = """
        const [time, done] = arguments;
        const gaps = [];
        let last = performance.now();
        const end = last + time;
        requestAnimationFrame(function frame() {
          const now = performance.now();
          gaps.push(now - last);
          last = now;
          if (now < end) requestAnimationFrame(frame); else done(gaps);
        });
        """;

    private final ChromeDriver driver;
    private final Server server;

    private Page(ChromeDriver driver, Server server) {
        this.driver = driver;
        this.server = server;
    }

    static Page start(Server server) {
        ChromeOptions options = new ChromeOptions();
        options.setBinary("/usr/bin/chromium");
        options.addArguments(
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1280,900");
        ChromeDriver driver = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(new File("/usr/bin/chromedriver"))
                        .usingAnyFreePort()
                        .build(),
                options);
        driver.manage().timeouts().scriptTimeout(Duration.ofMinutes(2));
        driver.executeCdpCommand("Performance.enable", Map.of());
        Page page = new Page(driver, server);
        Runtime.getRuntime().addShutdownHook(new Thread(page::close));
        return page;
    }

    /** Makes the processor as many times slower for the page; 1 for as it is. */
    void throttle(int factor) {
        driver.executeCdpCommand("Emulation.setCPUThrottlingRate", Map.of("rate", factor));
    }

    /** Opens a view, and returns once it is live. */
    void open(String fragment) {
        leave();
        driver.get(server.control() + fragment);
        new WebDriverWait(driver, PATIENCE)
                .until(each -> Boolean.TRUE.equals(
                        driver.executeScript("return Boolean(document.querySelector('.server.live'))")));
    }

    void leave() {
        driver.get("about:blank");
    }

    void click(String selector) {
        driver.findElement(By.cssSelector(selector)).click();
    }

    void run(String script) {
        driver.executeScript(script);
    }

    /** Writes what is seen as WebP, which Chromium encodes itself. */
    void shoot(Path file) throws IOException {
        Map<String, Object> answer =
                driver.executeCdpCommand("Page.captureScreenshot", Map.of("format", "webp", "quality", 85));
        Files.write(file, Base64.getDecoder().decode((String) answer.get("data")));
    }

    /**
     * Frames of a while.
     *
     * @param gaps milliseconds between them
     * @param busy share of the time in which the main thread had something to do
     */
    record Frames(List<Double> gaps, double busy) {
        double perSecond() {
            return gaps.size() / gaps.stream().mapToDouble(gap -> gap).sum() * 1e3;
        }

        double longest() {
            return gaps.stream().mapToDouble(gap -> gap).max().orElse(0);
        }

        long above(double millis) {
            return gaps.stream().filter(gap -> gap > millis).count();
        }

        int count() {
            return gaps.size();
        }
    }

    /** Counts frames of the open view. */
    Frames frames(Duration time) {
        double busy = taskSeconds();
        Object found = driver.executeAsyncScript(COUNT_FRAMES, time.toMillis());
        List<Double> gaps = ((List<?>) requireNonNull(found))
                .stream().map(gap -> ((Number) gap).doubleValue()).toList();
        double seconds = gaps.stream().mapToDouble(gap -> gap).sum() / 1e3;
        return new Frames(gaps, (taskSeconds() - busy) / seconds);
    }

    private double taskSeconds() {
        Map<String, Object> answer = driver.executeCdpCommand("Performance.getMetrics", Map.of());
        return ((List<?>) requireNonNull(answer.get("metrics")))
                .stream()
                        .map(metric -> (Map<?, ?>) metric)
                        .filter(metric -> "TaskDuration".equals(metric.get("name")))
                        .mapToDouble(metric -> ((Number) requireNonNull(metric.get("value"))).doubleValue())
                        .sum();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
