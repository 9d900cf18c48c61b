package io.chaosproxy.site;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.config.ConfigReference.FaultType;
import io.chaosproxy.kit.ClientProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The website of the documentation is built with each build; a link or an anchor that leads nowhere fails it. */
final class SiteTest {
    @Test
    void theSiteIsBuiltAndItsLinksLeadSomewhere() throws IOException, InterruptedException {
        ClientProgram.assumePresent("npm");
        Path site;
        try {
            site = Site.build();
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).startsWith("npm failed") && System.getenv("CI") == null) {
                abort("without the registry of npm there is no site: " + e.getMessage());
            }
            throw e;
        }
        String page = Files.readString(site.resolve(Path.of("faults", "latency.html")));
        assertTrue(page.contains("class=\"timing\""), "the diagram");
        assertTrue(page.contains("<code>median</code>"), "a field");
        assertTrue(Files.readString(site.resolve("api.html")).contains("/api/v1/proxies/{proxy}"), "the API");
        assertTrue(Files.readString(site.resolve("architecture.html")).contains("class=\"flowchart\""), "the packages");
        assertEquals(List.of(), SiteLinks.broken(site));
    }

    @Test
    void everyPageOfTheSourcesIsOnTheSite() throws IOException {
        assertTrue(SitePages.sources().size() > 40);
        for (Path page : SitePages.sources()) {
            assertTrue(Files.readString(page).contains("# "), page + " has no heading");
        }
    }

    @Test
    void fieldsComeFromTheTableThatReadsTheConfiguration() {
        FaultType slice = ConfigReference.types().stream()
                .filter(type -> type.name().equals("slice"))
                .findFirst()
                .orElseThrow();
        String page = SitePages.withFields("# slice\n\n## Examples\n", slice);
        assertTrue(page.contains("| `size` | size | required | average size of a piece in bytes; at least 1 |"), page);
        assertTrue(page.indexOf("## Fields") < page.indexOf("## Examples"), page);
    }

    @Test
    void brokenLinksAreFound(@TempDir Path site) throws IOException {
        Files.createDirectories(site.resolve("faults"));
        Files.writeString(site.resolve("index.html"), """
            <h1 id="top">A</h1><a href="/faults/rate.html#fields">1</a><a href="faults/rate#none">2</a><a href="#top">3</a>\
            <a href="#elsewhere">4</a><img src="missing.png"><a href="https://example.com/x">5</a><a href="/faults/">6</a>\
            """);
        Files.writeString(
                site.resolve(Path.of("faults", "rate.html")),
                "<h2 id=\"fields\">B</h2><a href=\"../index.html\">1</a><a href=\"gone.html\">2</a>");

        assertEquals(
                List.of(
                        "faults/rate.html: gone.html",
                        "index.html: #elsewhere",
                        "index.html: /faults/",
                        "index.html: faults/rate#none",
                        "index.html: missing.png"),
                SiteLinks.broken(site));
    }
}
