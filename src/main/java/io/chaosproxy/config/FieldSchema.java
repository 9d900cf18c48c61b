package io.chaosproxy.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One field of an object in the configuration: how it is read, written and described. Bounds are descriptions; the constructors
 * of the records enforce them, for code as well as for files.
 *
 * @param <F> type of the object
 * @param <V> type of the field
 * @param reader reports an error and returns a placeholder if the value is missing or unreadable
 * @param writer omits the value if it is the default, unless the field is {@link #alwaysWritten}
 */
record FieldSchema<F, V>(About about, Function<ObjectReader, V> reader, BiConsumer<F, ObjectWriter> writer) {
    enum Shape {
        VALUE,
        LIST,
        MAP
    }

    enum Presence {
        REQUIRED,
        /** Optional, with a value that stands for an absent one. */
        DEFAULTED,
        /** Optional; absence means something that no value says. */
        OPTIONAL
    }

    /**
     * Description of a field for the reference.
     *
     * @param type of the value, or of each value in the list or map
     * @param sample as written to the configuration: the default if there is one, else an example
     * @param min lower bound as written, if it is more than that of the type
     * @param max upper bound as written, likewise
     * @param summary one phrase without a full stop
     */
    record About(
            String key,
            ValueType<?> type,
            Shape shape,
            Presence presence,
            Object sample,
            Optional<Object> min,
            Optional<Object> max,
            String summary) {}

    private static About about(
            String key, ValueType<?> type, Shape shape, Presence presence, Object sample, String summary) {
        return new About(key, type, shape, presence, sample, Optional.empty(), Optional.empty(), summary);
    }

    /** Required value. */
    static <F, T> FieldSchema<F, T> required(
            String key, ValueType<T> type, Function<F, T> get, T example, String summary) {
        return new FieldSchema<>(
                about(key, type, Shape.VALUE, Presence.REQUIRED, type.write(example), summary),
                reader -> reader.get(key, type),
                (object, writer) -> writer.put(key, type, get.apply(object)));
    }

    /** Optional value with a default. */
    static <F, T> FieldSchema<F, T> defaulted(
            String key, ValueType<T> type, Function<F, T> get, T defaultValue, String summary) {
        return new FieldSchema<>(
                about(key, type, Shape.VALUE, Presence.DEFAULTED, type.write(defaultValue), summary),
                reader -> reader.get(key, type, defaultValue),
                (object, writer) -> writer.put(key, type, get.apply(object), defaultValue));
    }

    /** Optional value. */
    static <F, T> FieldSchema<F, Optional<T>> optional(
            String key, ValueType<T> type, Function<F, Optional<T>> get, T example, String summary) {
        return new FieldSchema<>(
                about(key, type, Shape.VALUE, Presence.OPTIONAL, type.write(example), summary),
                reader -> reader.find(key, type),
                (object, writer) -> get.apply(object).ifPresent(value -> writer.put(key, type, value)));
    }

    /** Single value or list of values. */
    static <F, T> FieldSchema<F, List<T>> list(
            String key, ValueType<T> type, Function<F, List<T>> get, List<T> example, String summary) {
        return new FieldSchema<>(
                about(
                        key,
                        type,
                        Shape.LIST,
                        Presence.OPTIONAL,
                        example.stream().map(type::write).toList(),
                        summary),
                reader -> reader.list(key, type),
                (object, writer) -> writer.put(key, type, get.apply(object)));
    }

    /** Values by name. */
    static <F, T> FieldSchema<F, Map<String, T>> map(
            String key, ValueType<T> type, Function<F, Map<String, T>> get, String name, T example, String summary) {
        return new FieldSchema<>(
                about(key, type, Shape.MAP, Presence.OPTIONAL, Map.of(name, type.write(example)), summary),
                reader -> reader.map(key, type),
                (object, writer) -> writer.put(key, type, get.apply(object)));
    }

    /** Is written whatever its value, since the object says little without it. */
    FieldSchema<F, V> alwaysWritten(Function<F, V> get, ValueType<V> type) {
        return new FieldSchema<>(about, reader, (object, fields) -> fields.put(about.key, type, get.apply(object)));
    }

    /** Describes a lower bound, as written to the configuration. */
    FieldSchema<F, V> atLeast(Object min) {
        return bounds(Optional.of(min), about.max);
    }

    /** Describes an upper bound, as written to the configuration. */
    FieldSchema<F, V> atMost(Object max) {
        return bounds(about.min, Optional.of(max));
    }

    /**
     * Reports a value that is wrong by itself where it stands. The constructors do so as well, but only for the first such value, and only
     * if all can be read.
     */
    FieldSchema<F, V> checked(Consumer<V> check) {
        return new FieldSchema<>(
                about,
                from -> {
                    V value = reader.apply(from);
                    from.check(() -> check.accept(value));
                    return value;
                },
                writer);
    }

    private FieldSchema<F, V> bounds(Optional<Object> min, Optional<Object> max) {
        About bounded =
                new About(about.key, about.type, about.shape, about.presence, about.sample, min, max, about.summary);
        return new FieldSchema<>(bounded, reader, writer);
    }

    /** The field of an object that has this one as a part. */
    <G> FieldSchema<G, V> in(Function<G, F> part) {
        return new FieldSchema<>(about, reader, (object, fields) -> writer.accept(part.apply(object), fields));
    }

    V read(ObjectReader from) {
        return reader.apply(from);
    }

    String key() {
        return about.key;
    }
}
