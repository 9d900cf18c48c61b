package io.chaosproxy.bench.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How the charts look: large enough to be read where a page shows them at half their size. */
final class ChartStyle {
    static final int WIDTH = 1600;
    static final int HEIGHT = 700;
    private static final int LABEL_ANGLE = 35;
    private static final int LABEL_WIDTH = 40; // less, and every second label is left out
    private static final int DECADE_WIDTH = 250; // less, and there are marks between whole decades
    private static final int TITLE = 24;
    private static final int TEXT = 18;
    private static final float THICK = 3;

    /** M. Okabe and K. Ito's colours, which the colour-blind can tell apart, without the yellow. */
    private static final Color[] COLOURS = {
        new Color(0x0072B2),
        new Color(0xE69F00),
        new Color(0x009E73),
        new Color(0xD55E00),
        new Color(0x56B4E9),
        new Color(0xCC79A7),
        new Color(0x000000),
    };

    /** With the colours they make lines that differ in one of the two. */
    private static final List<float[]> DASHES = List.of(new float[] {1, 0}, new float[] {12, 7}, new float[] {3, 6});

    private static final List<String> PERCENTILES = List.of("0", "90", "99", "99.9", "99.99", "99.999");
    private static final DecimalFormat NUMBER =
            new DecimalFormat("#,##0.###", DecimalFormatSymbols.getInstance(Locale.ROOT));

    private ChartStyle() {}

    static void bars(CategoryStyler styler, double floor, int series) {
        common(styler);
        styler.setYAxisLogarithmic(floor > 0)
                .setXAxisLabelRotation(LABEL_ANGLE)
                .setXAxisTickMarkSpacingHint(LABEL_WIDTH)
                .setPlotGridVerticalLinesVisible(false)
                .setLegendVisible(series > 1);
        styler.setYAxisMin(floor);
    }

    static void percentiles(XYStyler styler) {
        common(styler);
        styler.setYAxisLogarithmic(true)
                .setXAxisMin(0.0)
                .setXAxisTickMarkSpacingHint(DECADE_WIDTH)
                .setXAxisTickLabelsFormattingFunction(ChartStyle::percentile)
                .setLegendPosition(Styler.LegendPosition.OutsideE)
                .setLegendLayout(Styler.LegendLayout.Vertical);
    }

    private static void common(AxesChartStyler styler) {
        styler.setYAxisTickLabelsFormattingFunction(NUMBER::format)
                .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, TEXT))
                .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, TEXT))
                .setPlotGridLinesColor(new Color(0xDDDDDD))
                .setChartBackgroundColor(Color.WHITE)
                .setSeriesColors(COLOURS)
                .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, TITLE))
                .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, TEXT))
                .setLegendBorderColor(Color.WHITE)
                .setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setPlotBorderVisible(false);
    }

    private static String percentile(double decades) {
        int whole = (int) Math.round(decades);
        return Math.abs(decades - whole) < 1e-6 && whole < PERCENTILES.size() ? PERCENTILES.get(whole) : "";
    }

    /** Makes the line of this number different from the others. */
    static void line(XYSeries series, int number) {
        float[] dash = DASHES.get(number / COLOURS.length % DASHES.size());
        series.setMarker(SeriesMarkers.NONE)
                .setLineColor(COLOURS[number % COLOURS.length])
                .setLineStyle(new BasicStroke(THICK, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dash, 0));
    }

    static void save(Chart<?, ?> chart, Path folder, String file) throws IOException {
        ChartEncoder.saveChart(chart, folder.resolve(file + ".png").toString(), "png");
    }
}
