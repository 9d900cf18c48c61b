package io.chaosproxy.bench.report;

import io.chaosproxy.bench.workload.Figure;
import io.chaosproxy.bench.workload.Latencies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/** The report for the eye: one PNG file for each group of figures, with a bar or a line for each variant. */
public final class Charts {
    /** What is less is drawn as this where the axis is logarithmic. */
    private static final double LEAST_MILLIS = 0.01;

    /** From this ratio of the longest bar to the shortest on, the axis is logarithmic. */
    private static final double MUCH = 25;

    private static final int STEPS_PER_DECADE = 10;

    private final Results results;
    private final Path folder;

    private Charts(Results results, Path folder) {
        this.results = results;
        this.folder = folder;
    }

    private record Bars(String name, String workload, Figure figure) {}

    /** Draws what was measured, without a screen. */
    public static void draw(Results results, Path folder) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Charts charts = new Charts(results, folder);
        charts.exchanges();
        charts.bulk();
        charts.latency();
        charts.bars(
                "idle",
                "Memory of idle connections",
                "KiB per connection",
                new Bars("in the clear", "idle", Figure.IDLE),
                new Bars("inside TLS", "tls-idle", Figure.IDLE));
        charts.bars(
                "start",
                "Start of the process",
                "seconds to the first relayed byte",
                new Bars("start", "start", Figure.FIRST_BYTE));
    }

    private void exchanges() throws IOException {
        bars(
                "requests",
                "Small requests",
                "requests per second",
                new Bars("1 connection", "small-1", Figure.REQUESTS),
                new Bars("64 connections", "small-64", Figure.REQUESTS),
                new Bars("1,000 connections", "small-1000", Figure.REQUESTS),
                new Bars("a new connection each", "fresh", Figure.REQUESTS));
        bars(
                "cpu",
                "Processor time of the proxy for a small request",
                "CPU µs per request",
                new Bars("64 connections", "small-64", Figure.CPU_PER_REQUEST),
                new Bars("1,000 connections", "small-1000", Figure.CPU_PER_REQUEST),
                new Bars("a new connection each", "fresh", Figure.CPU_PER_REQUEST));
        bars(
                "tls",
                "Small requests inside TLS",
                "requests per second",
                new Bars("64 connections", "tls-small-64", Figure.REQUESTS),
                new Bars("a handshake each", "tls-fresh", Figure.REQUESTS));
    }

    private void bulk() throws IOException {
        bars(
                "bulk",
                "Large bodies",
                "GB per second",
                new Bars("8 downloads", "bulk-down", Figure.GIGABYTES),
                new Bars("8 uploads", "bulk-up", Figure.GIGABYTES),
                new Bars("8 downloads beside small requests", "ping-beside-bulk", Figure.GIGABYTES),
                new Bars("64 downloads inside TLS", "tls-bulk-64", Figure.GIGABYTES));
        bars(
                "bulk-cpu",
                "Processor time of the proxy for large bodies",
                "CPU s per GB",
                new Bars("8 downloads", "bulk-down", Figure.CPU_PER_GIGABYTE),
                new Bars("8 uploads", "bulk-up", Figure.CPU_PER_GIGABYTE),
                new Bars("8 downloads beside small requests", "ping-beside-bulk", Figure.CPU_PER_GIGABYTE));
        beside("ping", "a request on a kept connection", Figure.PING_P50, Figure.PING_P99, Figure.PING_MAX);
        beside("connect", "a request on a new connection", Figure.CONNECT_P50, Figure.CONNECT_P99, Figure.CONNECT_MAX);
        beside("control", "a request to the control API", Figure.CONTROL_P50, Figure.CONTROL_P99, Figure.CONTROL_MAX);
    }

    private void beside(String file, String what, Figure median, Figure p99, Figure max) throws IOException {
        bars(
                "beside-bulk-" + file,
                "Beside 8 downloads: " + what,
                "milliseconds",
                new Bars("p50", "ping-beside-bulk", median),
                new Bars("p99", "ping-beside-bulk", p99),
                new Bars("max", "ping-beside-bulk", max));
    }

    private void latency() throws IOException {
        for (int connections : List.of(100, 1000)) {
            String workload = "latency-" + connections;
            String title = String.format("Error of a latency of 100 ms, %,d connections", connections);
            bars(
                    workload,
                    title,
                    "milliseconds above 100",
                    new Bars("p50", workload, Figure.ERROR_P50),
                    new Bars("p99", workload, Figure.ERROR_P99),
                    new Bars("p99.9", workload, Figure.ERROR_P999));
            percentiles(workload, title);
        }
    }

    private void bars(String file, String title, String unit, Bars... groups) throws IOException {
        List<Bars> measured = Stream.of(groups)
                .filter(bars -> results.variants(bars.workload()).stream()
                        .anyMatch(variant -> median(bars, variant).isPresent()))
                .toList();
        List<String> variants = measured.stream()
                .flatMap(bars -> results.variants(bars.workload()).stream()
                        .filter(variant -> median(bars, variant).isPresent()))
                .distinct()
                .toList();
        if (variants.isEmpty()) {
            return;
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(ChartStyle.WIDTH)
                .height(ChartStyle.HEIGHT)
                .title(title)
                .yAxisTitle(unit)
                .build();
        double floor = floor(measured, variants);
        ChartStyle.bars(chart.getStyler(), floor, measured.size());
        for (Bars bars : measured) {
            List<Double> heights = new ArrayList<>();
            for (String variant : variants) {
                // where a variant has no such figure the bar has no height
                heights.add(Math.max(floor, median(bars, variant).orElse(floor)));
            }
            chart.addSeries(bars.name(), variants, heights);
        }
        ChartStyle.save(chart, folder, file);
    }

    private Optional<Double> median(Bars bars, String variant) {
        return results.median(bars.workload(), variant, bars.figure());
    }

    /** Where the bars begin: at 0, or where they differ much at a power of ten, on a logarithmic axis. */
    private double floor(List<Bars> groups, List<String> variants) {
        double[] values = groups.stream()
                .flatMap(bars -> variants.stream().flatMap(variant -> median(bars, variant).stream()))
                .mapToDouble(value -> Math.max(value, LEAST_MILLIS))
                .sorted()
                .toArray();
        double least = values[0];
        return values[values.length - 1] > MUCH * least ? Math.pow(10, Math.ceil(Math.log10(least)) - 1) : 0;
    }

    /** As HdrHistogram plots percentiles: each 9 takes as much room as the one before. */
    private void percentiles(String workload, String title) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(ChartStyle.WIDTH)
                .height(ChartStyle.HEIGHT)
                .title(title)
                .xAxisTitle("percentile")
                .yAxisTitle("milliseconds above 100")
                .build();
        ChartStyle.percentiles(chart.getStyler());
        for (String variant : results.variants(workload)) {
            results.latencies(workload, variant).ifPresent(latencies -> line(chart, variant, latencies));
        }
        if (!chart.getSeriesCollection().isEmpty()) {
            ChartStyle.save(chart, folder, workload + "-percentiles");
        }
    }

    private static void line(XYChart chart, String variant, Latencies latencies) {
        List<Double> nines = new ArrayList<>();
        List<Double> errors = new ArrayList<>();
        double last = Math.log10((double) latencies.count()); // beyond there is but one exchange
        for (int step = 0; step <= last * STEPS_PER_DECADE; step++) {
            double decades = (double) step / STEPS_PER_DECADE;
            nines.add(decades);
            errors.add(Math.max(LEAST_MILLIS, latencies.errorMillis(100 - 100 * Math.pow(10, -decades))));
        }
        ChartStyle.line(
                chart.addSeries(variant, nines, errors),
                chart.getSeriesCollection().size() - 1);
    }
}
