package io.chaosproxy.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.FaultSchema.Form;
import io.chaosproxy.config.FieldSchema.About;
import io.chaosproxy.config.FieldSchema.Shape;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.TrialUnit;
import io.chaosproxy.text.Spelling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Rules and options in {@code conf/everything.conf}, made from the tables: every field, with its default or an example.
 */
final class ReferenceRules {
    private static final int WIDTH = 132;
    private static final String INDENT = "        ";
    private static final String INNER = INDENT + "  ";

    private final List<String> lines = new ArrayList<>();

    /** Comments that stand above already. */
    private final Set<String> explained = new HashSet<>();

    private ReferenceRules() {}

    /** The lines inside {@code faults { ... }}. */
    static String text() {
        ReferenceRules rules = new ReferenceRules();
        rules.fieldsOfEveryRule();
        FaultSchemas.all(FaultScope.PROXY).forEach(rules::fault);
        return String.join("\n", rules.lines) + "\n";
    }

    /** The lines with the options of a proxy. */
    static String options() {
        String indent = "      ";
        ReferenceRules options = new ReferenceRules();
        OptionSchemas.abouts().forEach(about -> options.option(indent, about));
        options.lines.add(indent + "http {");
        OptionSchemas.httpAbouts().forEach(about -> options.field(indent + "  ", about));
        options.lines.add(indent + "}");
        return String.join("\n", options.lines) + "\n";
    }

    /** The lines with the TLS of a listener, of an upstream and of tunnels; what names a file stands in comments. */
    static String tls() {
        String indent = "      ";
        String inner = indent + "  ";
        ReferenceRules tls = new ReferenceRules();
        tls.lines.add(indent + "tls { # or: tls = passthrough (tcp), for bytes that pass unchanged");
        TlsSchemas.LISTENER.fields().forEach(field -> tls.fieldOfTls(inner, field.about()));
        tls.lines.add(inner + "# " + TlsSchemas.CERTIFICATES_SUMMARY);
        tls.lines.add(inner + "# " + TlsSchemas.CERTIFICATES + " {");
        tls.lines.add(inner + "#   shop {");
        TlsSchemas.KEY_FILES.fields().forEach(field -> tls.lines.add(inner + "#     " + assignment(field.about())));
        tls.lines.add(inner + "#   }");
        tls.lines.add(inner + "# }");
        tls.lines.add(indent + "}");
        tls.lines.add(indent + "upstream-tls { # for an upstream that begins with https:// (http) or tls:// (tcp)");
        TlsSchemas.UPSTREAM.fields().forEach(field -> tls.fieldOfTls(inner, field.about()));
        tls.lines.add(indent + "}");
        tls.lines.add(indent + "# intercept { # with protocol = forward, for TLS through CONNECT and SOCKS 5");
        InterceptSchema.INTERCEPT
                .fields()
                .forEach(field ->
                        tls.lines.add(indent + "#   " + assignment(field.about()) + " # " + comment(field.about())));
        tls.lines.add(indent + "# }");
        return String.join("\n", tls.lines) + "\n";
    }

    /** The lines inside {@code control { ... }}; what names a file stands in comments. */
    static String control() {
        String indent = "    ";
        ReferenceRules control = new ReferenceRules();
        for (FieldSchema<?, ?> field : ControlSchema.CONTROL.fields()) {
            if (field.key().equals("token")) {
                control.lines.add(indent + "token = ${?CHAOS_PROXY_TOKEN} # " + comment(field.about()));
            } else {
                control.fieldOfTls(indent, field.about());
            }
        }
        control.lines.add(indent + "# " + ControlSchema.TLS_KEY + " { # " + ControlSchema.TLS_SUMMARY);
        ControlSchema.TLS
                .fields()
                .forEach(field -> control.lines.add(
                        indent + "#   " + assignment(field.about()) + " # " + comment(field.about())));
        control.lines.add(indent + "# }");
        return String.join("\n", control.lines) + "\n";
    }

    /** The lines inside {@code # cluster { ... }}. */
    static String cluster() {
        return ClusterSchema.CLUSTER.fields().stream()
                .map(field -> "  #   " + assignment(field.about()) + " # " + comment(field.about()) + "\n")
                .collect(Collectors.joining());
    }

    /** What an http proxy does not have stands in a comment. */
    private void option(String indent, About about) {
        if (about.summary().contains("(forward)")) {
            lines.add(indent + "# " + assignment(about) + " # " + comment(about));
        } else {
            field(indent, about);
        }
    }

    private void fieldOfTls(String indent, About about) {
        if (about.key().equals("self-signed")) {
            lines.add(indent + "self-signed = true # " + comment(about) + "; false is the default");
        } else if (about.presence() == FieldSchema.Presence.DEFAULTED) {
            field(indent, about);
        } else {
            lines.add(indent + "# " + assignment(about) + " # " + comment(about));
        }
    }

    private void fieldsOfEveryRule() {
        lines.add(INDENT + "# ---- Fields of every rule, besides its type and the fields of that type. ----");
        lines.add(INDENT + "example {");
        lines.add(INNER + "type = latency");
        lines.add(INNER + "delay = 300ms");
        RuleCodec.FIELDS.forEach(field -> field(INNER, field.about()));
        lines.add(INNER + "when { # all of these have to hold; each may be left out");
        MatchSchema.WHEN.fields().forEach(field -> field(INNER + "  ", field.about()));
        lines.add(INNER + "}");
        lines.add(INDENT + "}");
    }

    private void fault(FaultSchema<?> schema) {
        lines.add("");
        lines.add(INDENT + "# ---- " + schema.type() + ": " + schema.summary() + ". ----");
        for (Form<?> form : schema.forms()) {
            lines.add(INDENT + schema.type() + (form.name().isEmpty() ? "" : "-" + form.name()) + " {");
            lines.add(INNER + "type = " + schema.type());
            form.schema().fields().forEach(field -> field(INNER, field.about()));
            unusual(schema.type(), form);
            lines.add(INNER + "probability = 0.001");
            lines.add(INDENT + "}");
        }
    }

    /** Defaults of every rule that are others for this type. */
    private void unusual(String type, Form<?> form) {
        Map<String, Object> fields = new HashMap<>();
        form.schema()
                .fields()
                .forEach(field -> fields.put(field.key(), field.about().sample()));
        fields.put("type", type);
        Fault fault = ConfigReader.rule("x", ConfigFactory.parseMap(fields), Protocol.HTTP)
                .fault();
        if (fault.defaultDirections() != Directions.DOWN) {
            lines.add(INNER + "direction = " + Spelling.of(fault.defaultDirections()) + " # default of this type");
        }
        if (fault.defaultPer() != TrialUnit.EXCHANGE) {
            lines.add(INNER + "per = " + Spelling.of(fault.defaultPer()) + " # default of this type");
        }
    }

    private void field(String indent, About about) {
        String line = indent + assignment(about);
        String comment = explained.add(about.key() + comment(about)) ? comment(about) : "";
        if (comment.isEmpty()) {
            lines.add(line);
        } else if (line.length() + comment.length() + 3 <= WIDTH) {
            lines.add(line + " # " + comment);
        } else {
            wrap(indent + "# ", comment);
            lines.add(line);
        }
    }

    private static String assignment(About about) {
        String text = ConfigRenderer.HOCON.of(ConfigValueFactory.fromMap(Map.of(about.key(), about.sample())));
        return about.shape() == Shape.MAP ? text.strip().replaceAll("\\s*\n\\s*", " ") : text.strip();
    }

    private static String comment(About about) {
        String words = about.type().words().isEmpty() ? "" : " (" + about.type().noun() + ")";
        return about.summary() + words + ConfigReference.bounds(about);
    }

    private void wrap(String prefix, String comment) {
        StringBuilder line = new StringBuilder(prefix);
        for (String word : comment.split(" ")) {
            if (line.length() + word.length() > WIDTH) {
                lines.add(line.toString().stripTrailing());
                line = new StringBuilder(prefix);
            }
            line.append(word).append(' ');
        }
        lines.add(line.toString().stripTrailing());
    }
}
