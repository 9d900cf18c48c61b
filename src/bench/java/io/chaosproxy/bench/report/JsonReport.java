package io.chaosproxy.bench.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.chaosproxy.bench.workload.Figure;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The report for programs: every round of everything. */
public final class JsonReport {
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
        for (Map.Entry<Results.Entry, List<Map<Figure, Double>>> measured :
                results.rounds().entrySet()) {
            int number = 1;
            for (Map<Figure, Double> round : measured.getValue()) {
                json.writeStartObject();
                json.writeStringField("workload", measured.getKey().workload());
                json.writeStringField("variant", measured.getKey().variant());
                json.writeNumberField("round", number++);
                for (Map.Entry<Figure, Double> figure : round.entrySet()) {
                    json.writeNumberField(figure.getKey().name().toLowerCase(Locale.ROOT), figure.getValue());
                }
                json.writeEndObject();
            }
        }
        json.writeEndArray();
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
