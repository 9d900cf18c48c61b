package io.chaosproxy.config;

import io.chaosproxy.fault.Fault;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Fields of one type of fault: read, written and described by one table.
 *
 * @param type value of the key {@code type}
 * @param summary what the traffic experiences, as one sentence without a full stop
 * @param forms alternative sets of fields, of which a rule has one
 * @param chosen the form that the given keys select; reports an error and is empty if they select none
 */
record FaultSchema<F extends Fault>(
        String type,
        Class<F> kind,
        String summary,
        List<Form<F>> forms,
        Function<ObjectReader, Optional<Form<F>>> chosen) {

    /**
     * A set of fields.
     *
     * @param name unique within the type; empty if it is the only one
     * @param refusal what is wrong with a key of another form
     * @param fits selects the faults that are written in this form
     */
    record Form<F>(String name, String refusal, Predicate<F> fits, ObjectSchema<F> schema) {}

    /** A fault with one form. */
    static <F extends Fault> FaultSchema<F> of(
            String type,
            Class<F> kind,
            String summary,
            List<FieldSchema<F, ?>> fields,
            Function<ObjectReader, F> builder) {
        Form<F> form = new Form<>("", "", fault -> true, new ObjectSchema<>(fields, builder));
        return new FaultSchema<>(type, kind, summary, List.of(form), reader -> Optional.of(form));
    }

    /** Reads the fields besides {@code type}; empty if there were errors. */
    Optional<F> read(ObjectReader reader) {
        reader.know(keys());
        return reader.build(() -> chosen.apply(reader).map(form -> read(reader, form)))
                .flatMap(fault -> fault);
    }

    private F read(ObjectReader reader, Form<F> form) {
        Set<String> others = keys();
        others.removeAll(form.schema.keys());
        reader.exclude(others, form.refusal);
        return form.schema.read(reader);
    }

    /** Writes a fault of this type with its type. */
    ObjectWriter write(Fault fault) {
        F own = kind.cast(fault);
        ObjectWriter writer = new ObjectWriter().put("type", ValueType.TEXT, type);
        return forms.stream()
                .filter(form -> form.fits.test(own))
                .findFirst()
                .orElseThrow()
                .schema
                .write(own, writer);
    }

    /** Keys of all forms. */
    Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        forms.forEach(form -> keys.addAll(form.schema.keys()));
        return keys;
    }

    /** Descriptions of the fields of all forms, each once. */
    List<FieldSchema.About> abouts() {
        return forms.stream()
                .flatMap(form -> form.schema.fields().stream())
                .map(FieldSchema::about)
                .distinct()
                .toList();
    }
}
