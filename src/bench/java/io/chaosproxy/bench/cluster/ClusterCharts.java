package io.chaosproxy.bench.cluster;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The simulation for the eye, as PNG files: the rate of all replicas over time, and how long their shares take after a change. */
final class ClusterCharts {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 380;
    private static final int LABEL_ANGLE = 20;
    private static final double LEAST_PERCENT = 80;
    private static final double MOST_PERCENT = 106;

    private final Map<String, List<Double>> rates = new LinkedHashMap<>();
    private final Map<String, Map<String, Double>> converged = new LinkedHashMap<>();

    private static String series(int replicas, long latency) {
        return String.format(Locale.ROOT, "%,d replicas, %.1f ms", replicas, latency / 1000.0);
    }

    /** One line: percent of the rate in the second before each tenth of a second. */
    void rates(int replicas, long latency, List<Double> percent) {
        rates.put(series(replicas, latency), percent);
    }

    /** One bar: seconds until the shares were fair. */
    void converged(int replicas, long latency, String load, double seconds) {
        converged
                .computeIfAbsent(series(replicas, latency), key -> new LinkedHashMap<>())
                .put(load, seconds);
    }

    /** Writes them without a screen. */
    void draw(Path folder) throws IOException {
        System.setProperty("java.awt.headless", "true");
        XYChart total = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("All replicas together; every 10 s another load")
                .xAxisTitle("seconds")
                .yAxisTitle("% of the rate, last second")
                .build();
        total.getStyler().setYAxisMin(LEAST_PERCENT).setYAxisMax(MOST_PERCENT);
        plain(total.getStyler());
        rates.forEach((name, percent) -> {
            List<Double> seconds = IntStream.range(0, percent.size())
                    .mapToObj(i -> 1 + i / 10.0)
                    .toList();
            total.addSeries(name, seconds, percent).setMarker(SeriesMarkers.NONE);
        });
        save(total, folder, "cluster-rate");

        CategoryChart times = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("Until each share stays within a tenth of the fair one")
                .yAxisTitle("seconds")
                .build();
        times.getStyler().setXAxisLabelRotation(LABEL_ANGLE).setYAxisDecimalPattern("0.0");
        plain(times.getStyler());
        converged.forEach(
                (name, bars) -> times.addSeries(name, new ArrayList<>(bars.keySet()), new ArrayList<>(bars.values())));
        save(times, folder, "cluster-convergence");
    }

    /** Readable on a light page as on a dark one. */
    private static void plain(AxesChartStyler styler) {
        styler.setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE);
    }

    private static void save(Chart<?, ?> chart, Path folder, String file) throws IOException {
        ChartEncoder.saveChart(chart, folder.resolve(file + ".png").toString(), "png");
    }
}
