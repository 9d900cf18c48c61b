package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.TEXT;
import static java.util.Objects.requireNonNull;

import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.text.Spelling;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Codec for faults: finds the schema of a fault by its type. Thread-safe. */
final class FaultCodec {
    /** By type in the order of the documentation. */
    private final Map<String, Function<String, FaultSchema<?>>> table;

    private final Map<String, FaultSchema<?>> schemas = new ConcurrentHashMap<>();

    /**
     * Creates a codec.
     *
     * @param defaultSharing default of a rate's {@code shared}
     */
    FaultCodec(FaultScope defaultSharing) {
        table = FaultSchemas.table(defaultSharing);
    }

    /** All type names. */
    List<String> types() {
        return List.copyOf(table.keySet());
    }

    /** Schema for the type of a rule; empty if the type is missing or unknown. */
    Optional<FaultSchema<?>> schema(ObjectReader reader) {
        String words = "must be one of " + String.join(", ", table.keySet());
        if (!reader.has("type")) {
            String hint = Spelling.nearest("type", reader.keys())
                    .map(key -> "; is " + key + " meant to be it?")
                    .orElse("");
            reader.error("type", "is missing; it " + words + hint);
            return Optional.empty();
        }
        Optional<String> type = reader.find("type", TEXT);
        type.filter(word -> !table.containsKey(word))
                .ifPresent(word ->
                        reader.error("type", words + ", not \"" + word + "\"" + Spelling.hint(word, table.keySet())));
        return type.filter(table::containsKey).map(this::schema);
    }

    /** Writes a fault with its type. */
    ObjectWriter write(Fault fault) {
        return table.containsKey(fault.type())
                ? schema(fault.type()).write(fault)
                : new ObjectWriter().put("type", TEXT, fault.type()); // a fault that was defined in code
    }

    private FaultSchema<?> schema(String type) {
        return schemas.computeIfAbsent(
                type, known -> requireNonNull(table.get(known)).apply(known));
    }
}
