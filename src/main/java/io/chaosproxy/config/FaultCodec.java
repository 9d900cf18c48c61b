package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.TEXT;

import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.FaultScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Codec for faults: finds the schema of a fault by its type. */
final class FaultCodec {
    /** In the order of the documentation. */
    private final Map<String, FaultSchema<?>> schemas = new LinkedHashMap<>();

    /**
     * Creates a codec.
     *
     * @param defaultSharing default of a rate's {@code shared}
     */
    FaultCodec(FaultScope defaultSharing) {
        FaultSchemas.all(defaultSharing).forEach(schema -> schemas.put(schema.type(), schema));
    }

    /** All type names. */
    List<String> types() {
        return List.copyOf(schemas.keySet());
    }

    /** Schema for the type of a rule; empty if the type is missing or unknown. */
    Optional<FaultSchema<?>> schema(ObjectReader reader) {
        String words = "must be one of " + String.join(", ", schemas.keySet());
        if (!reader.has("type")) {
            reader.error("type", "is missing; it " + words);
            return Optional.empty();
        }
        Optional<String> type = reader.find("type", TEXT);
        type.filter(word -> !schemas.containsKey(word))
                .ifPresent(word ->
                        reader.error("type", words + ", not \"" + word + "\"" + Spelling.hint(word, schemas.keySet())));
        return type.map(schemas::get);
    }

    /** Writes a fault with its type. */
    ObjectWriter write(Fault fault) {
        FaultSchema<?> schema = schemas.get(fault.type());
        return schema == null
                ? new ObjectWriter().put("type", TEXT, fault.type()) // a fault that was defined in code
                : schema.write(fault);
    }
}
