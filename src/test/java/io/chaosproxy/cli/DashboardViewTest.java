package io.chaosproxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.fault.ClientProtocol;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.RateLimit;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.terminal.Style;
import io.chaosproxy.terminal.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class DashboardViewTest {
    private static final Optional<RateLimit> UNLIMITED = Optional.empty();
    private static final Optional<RateLimit> MIB = Rate.of(1 << 20).limit();

    private static final Snapshot.Row SHOP = new Snapshot.Row(
            "shop", Protocol.HTTP, 3, 17, 42, new Snapshot.Lane(1200, MIB), new Snapshot.Lane(1_022_000, MIB));
    private static final Snapshot.Row DB = new Snapshot.Row(
            "orders-db-of-the-second-shop",
            Protocol.TCP,
            1,
            1,
            0,
            new Snapshot.Lane(0, UNLIMITED),
            new Snapshot.Lane(64, Rate.between(65_536, 1 << 20).limit()));

    private static final Hit LATE = hit("shop", 3, 1, "GET /cart", "latency", Sample.nanos("delay", 123_456_000));
    private static final Hit RESET = hit("shop", 12, 0, "", "reset", Sample.NOTHING);

    @Test
    void ofOneProxy() {
        Snapshot now = snapshot(List.of(SHOP), Map.of("latency", 40L, "reset", 1L), List.of(LATE, RESET));

        assertLines("""
            seed 42                                                          running 0:01:23
            proxy  open  total  exchanges        up now      down now  speed
            shop      3     17         42     1.2 KiB/s     998 KiB/s  1 MiB/s each way

            hits  latency 40  reset 1

            time      exchange  request         rule       drawn
            12:00:01  #3.1      GET /cart       a-latency  delay 123.456 ms
            12:00:01  #12       from 127.0.0.1  a-reset

            Ctrl-C ends it.
            """, view(80, 24).render(now));
    }

    @Test
    void ofSeveralProxies() {
        Snapshot now = snapshot(List.of(SHOP, DB), Map.of("latency", 40L), List.of(LATE));

        assertLines("""
            seed 42                                                                              running 0:01:23
            proxy             open  total  exchanges        up now      down now  speed
            shop                 3     17         42     1.2 KiB/s     998 KiB/s  1 MiB/s each way
            orders-db-of-th…     1      1          -         0 B/s        64 B/s  64 KiB to 1 MiB/s down

            hits  latency 40

            time      exchange   request    rule       drawn
            12:00:01  shop #3.1  GET /cart  a-latency  delay 123.456 ms

            Ctrl-C ends it.
            """, view(100, 24).render(now));
    }

    @Test
    void beforeAnythingHappens() {
        assertLines("""
            seed 42                                                          running 0:01:23
            proxy  open  total  exchanges        up now      down now  speed
            shop      3     17         42     1.2 KiB/s     998 KiB/s  1 MiB/s each way

            no hits yet

            Ctrl-C ends it.
            """, view(80, 24).render(snapshot(List.of(SHOP), Map.of(), List.of())));
    }

    @Test
    void shortensLongRequestsSoThatTheRestFits() {
        Hit wordy = hit("shop", 3, 1, "GET /" + "long/".repeat(40), "latency", Sample.nanos("delay", 123_456_000));

        List<String> lines = view(80, 24).render(snapshot(List.of(SHOP), Map.of(), List.of(wordy)));

        String line = "12:00:01  #3.1      GET /long/long/long/long/long/…  a-latency  delay 123.456 ms";
        assertEquals(line, lines.get(7));
    }

    @Test
    void noLineIsLongerThanTheTerminal() {
        Map<String, Long> hits = new TreeMap<>();
        for (char type = 'a'; type < 'o'; type++) {
            hits.put("fault-" + type, 123_456L);
        }
        Snapshot now = snapshot(List.of(SHOP, DB), hits, Collections.nCopies(9, LATE));

        for (int columns = 20; columns < 130; columns++) {
            for (String line : view(columns, 24).render(now)) {
                assertTrue(line.length() <= columns, columns + ": " + line);
            }
        }
        assertTrue(String.join("\n", view(60, 24).render(now)).contains("fault-n 123456"));
    }

    @Test
    void showsTheLastHitsForWhichThereIsRoom() {
        List<Hit> hits = List.of(
                hit("shop", 1, 1, "GET /1", "reset", Sample.NOTHING),
                hit("shop", 2, 1, "GET /2", "reset", Sample.NOTHING),
                hit("shop", 3, 1, "GET /3", "reset", Sample.NOTHING),
                hit("shop", 4, 1, "GET /4", "reset", Sample.NOTHING),
                hit("shop", 5, 1, "GET /5", "reset", Sample.NOTHING));
        Snapshot now = snapshot(List.of(SHOP), Map.of("reset", 5L), hits);

        List<String> lines = view(80, 14).render(now);

        assertEquals(13, lines.size());
        assertEquals(
                List.of("GET /2", "GET /3", "GET /4", "GET /5"),
                lines.subList(7, 11).stream()
                        .map(line -> line.substring(20, 26))
                        .toList());
        assertEquals(14, view(80, 24).render(now).size());
    }

    @Test
    void takesNoOrdersFromRequests() {
        Hit hostile = hit("shop", 1, 1, "GET /\u001b[2J\u009b2J\u202eevil", "reset", Sample.NOTHING);

        List<String> lines = view(80, 24).render(snapshot(List.of(SHOP), Map.of(), List.of(hostile)));

        assertTrue(lines.get(7).contains("GET /?[2J?2J?evil"), lines.get(7));
    }

    @Test
    void headingsStandBackWhereThereIsColour() {
        DashboardView view = new DashboardView(new Terminal(20, 24), ZoneOffset.UTC, Style.ANSI);

        List<String> lines = view.render(snapshot(List.of(), Map.of(), List.of()));

        assertEquals("\u001b[2mCtrl-C ends it.\u001b[22m", lines.getLast());
    }

    @Test
    void inOneLine() {
        Snapshot now = snapshot(List.of(SHOP, DB), Map.of("latency", 40L), List.of(LATE));

        assertEquals(
                "0:01:23  18 connections (4 open), 42 exchanges, 1.2 KiB/s up, 998 KiB/s down, hits: latency 40",
                DashboardView.line(now));
    }

    private static DashboardView view(int columns, int rows) {
        return new DashboardView(new Terminal(columns, rows), ZoneOffset.UTC, Style.PLAIN);
    }

    private static Snapshot snapshot(List<Snapshot.Row> proxies, Map<String, Long> hits, List<Hit> last) {
        return new Snapshot(Duration.ofSeconds(83), 42, proxies, new TreeMap<>(hits), last);
    }

    private static Hit hit(String proxy, long connection, long exchange, String request, String type, Sample drawn) {
        Instant at = Instant.parse("2026-01-02T12:00:01Z");
        return new Hit(
                at,
                proxy,
                connection,
                exchange,
                "127.0.0.1",
                ClientProtocol.UNKNOWN,
                request,
                "a-" + type,
                type,
                drawn);
    }

    private static void assertLines(String expected, List<String> lines) {
        assertEquals(expected, String.join("\n", lines) + "\n");
    }
}
