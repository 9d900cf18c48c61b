package io.chaosproxy.config;

import java.util.List;
import java.util.function.Function;

/**
 * Fields of an object in the configuration, and the function that builds the object from them.
 *
 * @param fields in the order of the documentation, which is that of writing
 * @param builder reads each of the fields
 */
record ObjectSchema<F>(List<FieldSchema<F, ?>> fields, Function<ObjectReader, F> builder) {
    ObjectSchema {
        fields = List.copyOf(fields);
    }

    F read(ObjectReader reader) {
        return builder.apply(reader);
    }

    ObjectWriter write(F object, ObjectWriter writer) {
        fields.forEach(field -> field.writer().accept(object, writer));
        return writer;
    }

    List<String> keys() {
        return fields.stream().map(FieldSchema::key).toList();
    }
}
