package io.chaosproxy.ctl;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.text.Spelling;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ctl faults}: reference of the faults. Needs no server. */
@Command(
        name = "faults",
        description = "Lists the types of faults; or the fields of one, and those of every rule.",
        footer = {
            "",
            "Examples:",
            "  chaos-proxy ctl faults",
            "  chaos-proxy ctl faults latency",
            "",
            "A type with several forms has one of them in a rule. With --json: JSON schemas.",
            "Not on a terminal: key, forms, required or the default, values, meaning."
        })
final class FaultsCommand implements Action {
    private final Ctl ctl;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "TYPE",
            description = "Type of fault.",
            completionCandidates = Types.class)
    private @Nullable String type;

    FaultsCommand(Ctl ctl) {
        this.ctl = ctl;
    }

    @Override
    public void act() {
        if (type == null) {
            ctl.show(json(ConfigReference.jsonSchemas()), types(), "");
        } else {
            TabularOutput fields = fields(type);
            ctl.show(json(ConfigReference.jsonSchemas(type)), fields, "");
        }
    }

    private static String json(Map<String, Object> schemas) {
        return ConfigValueFactory.fromMap(schemas).render(ConfigRenderOptions.concise());
    }

    private static TabularOutput types() {
        TabularOutput sheet = new TabularOutput("type", "what the traffic experiences");
        ConfigReference.types().forEach(each -> sheet.add(Cell.of(each.name()), Cell.of(each.summary())));
        return sheet;
    }

    private TabularOutput fields(String name) {
        ConfigReference.FaultType type = ConfigReference.types().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(), "there is no type of fault " + name + Spelling.hint(name, names())));
        TabularOutput sheet = new TabularOutput("key", "forms", "default", "values", "meaning");
        Stream.concat(type.fields().stream(), ConfigReference.ruleFields().stream())
                .forEach(field -> sheet.add(
                        Cell.of(field.key()),
                        new Cell(String.join(", ", field.forms()), String.join(",", field.forms())),
                        Cell.of(
                                field.isRequired()
                                        ? "required"
                                        : field.defaultValue().orElse("")),
                        Cell.of(field.values()),
                        Cell.of(field.summary())));
        return sheet;
    }

    private static List<String> names() {
        return ConfigReference.types().stream()
                .map(ConfigReference.FaultType::name)
                .toList();
    }

    /** Candidates for completion. */
    private static final class Types implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return names().iterator();
        }
    }
}
