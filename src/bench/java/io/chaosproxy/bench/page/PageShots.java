package io.chaosproxy.bench.page;

import io.chaosproxy.bench.origin.OriginProcess;
import io.chaosproxy.bench.variant.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Makes the README's pictures of the dashboard: the packaged program with traffic of its own, in Chromium. */
public final class PageShots {
    private static final Path IMAGES = Path.of("src", "docs", "images");

    /** Until the charts are full. */
    private static final Duration TRAFFIC = Duration.ofSeconds(75);

    @SuppressWarnings("InlineFormatString") // long, and beside what it is for
    private static final String CONFIG = """
        chaos-proxy { seed = 7, proxies {
          shop {
            protocol = http, listen = "127.0.0.1:%d", upstream = "http://127.0.0.1:%d"
            faults {
              slow { type = latency, distribution = lognormal, median = 80ms, sigma = 0.6 }
              stall { type = outage, min = 200ms, max = 1s, probability = 0.05 }
              busy { type = respond, status = 503, retry-after = 2s, probability = 0.04 }
            }
          }
          downloads {
            protocol = http, listen = "127.0.0.1:%d", upstream = "http://127.0.0.1:%d"
            faults { link { type = rate, rate = 2MiB } }
          }
          orders-db {
            protocol = tcp, listen = "127.0.0.1:%d", upstream = "127.0.0.1:%d"
            faults {
              distance { type = latency, delay = 12ms, scope = stream }
              cut { type = reset, probability = 0.1 }
            }
          }
          search { protocol = http, listen = "127.0.0.1:%d", upstream = "http://127.0.0.1:%d" }
        } }
        """;

    private PageShots() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Files.createDirectories(IMAGES);
        List<Integer> ports = List.of(Ports.free(), Ports.free(), Ports.free(), Ports.free());
        try (OriginProcess origin = OriginProcess.start();
                Server server = Server.start(
                        CONFIG.formatted(
                                ports.get(0),
                                origin.port(),
                                ports.get(1),
                                origin.port(),
                                ports.get(2),
                                origin.port(),
                                ports.get(3),
                                origin.port()),
                        ports);
                Page page = Page.start(server)) {
            ask(server, 0, "/bytes/9000", 4, 90);
            ask(server, 1, "/bytes/3000000", 2, 300);
            ask(server, 2, "/bytes/20000", 2, 150);
            ask(server, 3, "/bytes/4000", 3, 40);
            page.open("#/");
            page.run("document.querySelector('.theme').click()"); // light
            Thread.sleep(TRAFFIC);
            page.shoot(IMAGES.resolve("dashboard-live.webp"));
            page.run("location.hash = '#/proxies/shop'; document.querySelector('.theme').click()"); // dark
            Thread.sleep(Duration.ofSeconds(3));
            page.click("[aria-label='Edit slow']");
            Thread.sleep(Duration.ofSeconds(2));
            page.shoot(IMAGES.resolve("dashboard-edit.webp"));
        }
    }

    /** Asks for a path again and again, on some threads, with a pause that varies. */
    private static void ask(Server server, int proxy, String path, int threads, int pause) {
        URI uri = URI.create("http://127.0.0.1:" + server.address(proxy).getPort() + path);
        for (int i = 0; i < threads; i++) {
            Thread.ofPlatform().daemon().start(() -> {
                for (int turn = 0; ; turn++) {
                    try {
                        URLConnection connection = uri.toURL().openConnection();
                        try (InputStream in = connection.getInputStream()) {
                            in.transferTo(OutputStream.nullOutputStream());
                        }
                        Thread.sleep(Duration.ofMillis(pause + (long) (pause * Math.sin(turn / 9.0))));
                    } catch (IOException e) {
                        // a fault did that
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            });
        }
    }
}
