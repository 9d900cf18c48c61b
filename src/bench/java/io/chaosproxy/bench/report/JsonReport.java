package io.chaosproxy.bench.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.chaosproxy.bench.workload.Figure;
import io.chaosproxy.bench.workload.Latencies;
import io.chaosproxy.bench.workload.Outcome;
import java.io.IOException;
import java.io.Writer;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The report for programs: every round of everything. */
public final class JsonReport {
    private static final List<Double> PERCENTILES =
            List.of(0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 98.0, 99.0, 99.5, 99.9, 99.95, 99.99, 100.0);
    private static final DecimalFormat PERCENT =
            new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT));

    private JsonReport() {}

    /** Writes the whole report. */
    public static void write(
            Writer to, Machine machine, List<Participant> participants, Results results, List<Target> targets)
            throws IOException {
        try (JsonGenerator json = new JsonFactory().createGenerator(to).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            json.writeObjectFieldStart("machine");
            for (Map.Entry<String, String> fact : machine.facts().entrySet()) {
                json.writeStringField(fact.getKey(), fact.getValue());
            }
            json.writeEndObject();
            participants(json, participants);
            rounds(json, results);
            failures(json, results);
            targets(json, targets);
            json.writeEndObject();
        }
    }

    private static void participants(JsonGenerator json, List<Participant> participants) throws IOException {
        json.writeArrayFieldStart("variants");
        for (Participant one : participants) {
            json.writeStartObject();
            json.writeStringField("name", one.name());
            json.writeStringField("version", one.version().orElse(null));
            json.writeNumberField("lines", one.lines());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void rounds(JsonGenerator json, Results results) throws IOException {
        json.writeArrayFieldStart("rounds");
        for (Map.Entry<Results.Entry, List<Outcome>> measured : results.rounds().entrySet()) {
            int number = 1;
            for (Outcome round : measured.getValue()) {
                json.writeStartObject();
                json.writeStringField("workload", measured.getKey().workload());
                json.writeStringField("variant", measured.getKey().variant());
                json.writeNumberField("round", number++);
                for (Map.Entry<Figure, Double> figure : round.figures().entrySet()) {
                    json.writeNumberField(figure.getKey().name().toLowerCase(Locale.ROOT), figure.getValue());
                }
                if (round.latencies().isPresent()) {
                    percentiles(json, round.latencies().get());
                }
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }

    private static void percentiles(JsonGenerator json, Latencies latencies) throws IOException {
        json.writeNumberField("exchanges", latencies.count());
        json.writeObjectFieldStart("error_ms_by_percentile");
        for (double percentile : PERCENTILES) {
            json.writeNumberField(PERCENT.format(percentile), latencies.errorMillis(percentile));
        }
        json.writeEndObject();
    }

    private static void targets(JsonGenerator json, List<Target> targets) throws IOException {
        json.writeArrayFieldStart("targets");
        for (Target target : targets) {
            json.writeStartObject();
            json.writeStringField("what", target.what());
            json.writeStringField("should", target.should());
            json.writeStringField("is", target.is());
            json.writeStringField("verdict", target.verdict());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void failures(JsonGenerator json, Results results) throws IOException {
        json.writeArrayFieldStart("failures");
        for (Map.Entry<Results.Entry, String> failure : results.failures().entrySet()) {
            json.writeStartObject();
            json.writeStringField("workload", failure.getKey().workload());
            json.writeStringField("variant", failure.getKey().variant());
            json.writeStringField("reason", failure.getValue());
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
