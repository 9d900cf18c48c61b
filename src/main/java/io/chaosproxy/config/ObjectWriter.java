package io.chaosproxy.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Writer for one configuration object. Omits defaults. Confined to one thread. */
final class ObjectWriter {
    private final Map<String, Object> values = new LinkedHashMap<>();

    <T> ObjectWriter put(String key, ValueType<T> type, T value) {
        values.put(key, type.write(value));
        return this;
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
