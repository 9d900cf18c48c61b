package io.chaosproxy.bench.report;

import io.chaosproxy.bench.workload.Figure;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;

/** The report for the eye: one PNG file for each group of figures, a bar for each variant. */
public final class Charts {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 420;
    private static final int LABEL_ANGLE = 40;

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
        charts.draw(
                "requests",
                "13-byte exchanges",
                new Bars("1 connection", "small-1", Figure.REQUESTS),
                new Bars("64 connections", "small-64", Figure.REQUESTS),
                new Bars("1,000 connections", "small-1000", Figure.REQUESTS));
        charts.draw(
                "cpu",
                "13-byte exchanges, 64 connections",
                new Bars("of the proxy", "small-64", Figure.CPU_PER_REQUEST));
        charts.draw(
                "bulk",
                "eight large bodies at once",
                new Bars("down", "bulk-down", Figure.GIGABYTES),
                new Bars("up", "bulk-up", Figure.GIGABYTES));
        charts.draw(
                "latency",
                "100 ms ordered, 1,000 connections",
                new Bars("p50", "latency-1000", Figure.ERROR_P50),
                new Bars("p99", "latency-1000", Figure.ERROR_P99),
                new Bars("p99.9", "latency-1000", Figure.ERROR_P999));
        charts.draw("idle", "idle connections", new Bars("resident", "idle", Figure.IDLE));
    }

    private void draw(String file, String title, Bars... series) throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .yAxisTitle(series[0].figure().title())
                .build();
        chart.getStyler()
                .setXAxisLabelRotation(LABEL_ANGLE)
                .setYAxisDecimalPattern("#,##0.##")
                .setChartBackgroundColor(Color.WHITE)
                .setLegendVisible(series.length > 1);
        for (Bars bars : series) {
            List<String> measured = results.variants(bars.workload()).stream()
                    .filter(variant -> results.median(bars.workload(), variant, bars.figure())
                            .isPresent())
                    .toList();
            if (!measured.isEmpty()) {
                List<Double> medians = measured.stream()
                        .map(variant -> results.median(bars.workload(), variant, bars.figure())
                                .orElseThrow())
                        .toList();
                chart.addSeries(bars.name(), measured, medians);
            }
        }
        if (!chart.getSeriesCollection().isEmpty()) {
            ChartEncoder.saveChart(chart, folder.resolve(file + ".png").toString(), "png");
        }
    }
}
