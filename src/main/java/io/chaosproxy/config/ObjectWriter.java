package io.chaosproxy.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.fault.InvalidValueException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Writer for one configuration object. Omits defaults. Confined to one thread. */
final class ObjectWriter {
    private final Map<String, Object> values = new LinkedHashMap<>();

    /** For each duration, size and rate whether a text says it. */
    private final Map<String, Predicate<String>> units = new HashMap<>();

    <T> ObjectWriter put(String key, ValueType<T> type, T value) {
        values.put(key, type.write(value));
        if (ValueType.unit(type).isPresent()) {
            units.put(key, text -> saysSame(type, text, value));
        }
        return this;
    }

    private static <T> boolean saysSame(ValueType<T> type, String text, T value) {
        try {
            return type.read(ConfigValueFactory.fromAnyRef(ValueType.value(text)))
                    .equals(value);
        } catch (InvalidValueException e) {
            return false;
        }
    }

    /**
     * Writes durations, sizes and rates, also those of nested objects, in the unit in which they were written before, unless their value
     * has changed.
     *
     * @param texts by the paths of their keys
     */
    ObjectWriter writtenAs(Map<String, String> texts) {
        texts.forEach((path, text) -> writtenAs(ConfigUtil.splitPath(path), text));
        return this;
    }

    private void writtenAs(List<String> path, String text) {
        String key = path.getFirst();
        if (path.size() > 1) {
            if (values.get(key) instanceof ObjectWriter object) {
                object.writtenAs(path.subList(1, path.size()), text);
            }
        } else if (units.containsKey(key) && units.get(key).test(text)) {
            values.put(key, ValueType.value(text));
        }
    }

    /** Puts text, a number or a boolean. */
    ObjectWriter put(String key, Object written) {
        values.put(key, written);
        return this;
    }

    <T> ObjectWriter put(String key, ValueType<T> type, T value, T defaultValue) {
        return value.equals(defaultValue) ? this : put(key, type, value);
    }

    <T> ObjectWriter put(String key, ValueType<T> type, Collection<T> list) {
        if (!list.isEmpty()) {
            values.put(key, list.stream().map(type::write).toList());
        }
        return this;
    }

    <T> ObjectWriter put(String key, ValueType<T> type, Map<String, T> map) {
        ObjectWriter fields = new ObjectWriter();
        map.forEach((name, value) -> fields.put(name, type, value));
        return put(key, fields);
    }

    /** Puts a nested object; omits it if empty. */
    ObjectWriter put(String key, ObjectWriter object) {
        if (!object.values.isEmpty()) {
            values.put(key, object);
        }
        return this;
    }

    /** Converts to the library's type, which does not keep the order of keys; so each value gets a line number. */
    ConfigObject toObject() {
        return toObject(new AtomicInteger());
    }

    private ConfigObject toObject(AtomicInteger lines) {
        Map<String, ConfigValue> object = new LinkedHashMap<>();
        values.forEach((key, value) -> object.put(key, toValue(value, lines)));
        return ConfigValueFactory.fromMap(object);
    }

    private static ConfigValue toValue(Object value, AtomicInteger lines) {
        int line = lines.incrementAndGet();
        ConfigValue converted =
                value instanceof ObjectWriter fields ? fields.toObject(lines) : ConfigValueFactory.fromAnyRef(value);
        return converted.withOrigin(ConfigOriginFactory.newSimple().withLineNumber(line));
    }
}
