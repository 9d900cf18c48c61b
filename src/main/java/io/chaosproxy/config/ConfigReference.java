package io.chaosproxy.config;

import io.chaosproxy.config.FieldSchema.About;
import io.chaosproxy.config.FieldSchema.Presence;
import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Protocol;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reference of the configuration: the types of faults and their fields, the fields of every rule, and those of a proxy, as help
 * and documentation show them. It follows from the tables that read and write the configuration.
 */
public final class ConfigReference {
    /** What references to the components of an OpenAPI document begin with. */
    static final String SCHEMAS = "#/components/schemas/";

    /**
     * Value of a field that is left out. Not the keyword {@code default}: a generated client sends the values of that with each request, and
     * so a PATCH of one field would set all others.
     */
    private static final String DEFAULT = "x-default";

    private ConfigReference() {}

    /**
     * A type of fault.
     *
     * @param name value of the key {@code type}
     * @param summary what the traffic experiences, without a full stop
     * @param fields of all its forms; a key may stand for different things in two of them
     */
    public record FaultType(String name, String summary, List<ConfigField> fields) {}

    /**
     * A field of a fault, a rule or a proxy.
     *
     * @param key key as the configuration spells it
     * @param forms the forms of the fault that have this field; empty if all have it
     * @param values what the value is, such as {@code duration} or {@code up | down | both}
     * @param words the values if they are a fixed set of words, else empty
     * @param isRequired in the form that it belongs to
     * @param defaultValue as written to the configuration
     * @param summary what it means, without a full stop
     */
    public record ConfigField(
            String key,
            List<String> forms,
            String values,
            List<String> words,
            boolean isRequired,
            Optional<String> defaultValue,
            String summary) {}

    /** {@return all types in the order of the documentation} */
    public static List<FaultType> types() {
        return table().stream().map(ConfigReference::type).toList();
    }

    private static List<FaultSchema<?>> table() {
        return FaultSchemas.all(FaultScope.PROXY);
    }

    private static FaultType type(FaultSchema<?> schema) {
        return new FaultType(
                schema.type(),
                schema.summary(),
                schema.abouts().stream()
                        .map(about -> field(about, forms(schema, about)))
                        .toList());
    }

    private static List<String> forms(FaultSchema<?> schema, About about) {
        List<String> forms = schema.forms().stream()
                .filter(form -> form.schema().fields().stream()
                        .anyMatch(field -> field.about().equals(about)))
                .map(FaultSchema.Form::name)
                .toList();
        return forms.size() == schema.forms().size() ? List.of() : forms;
    }

    /** {@return fields of every rule} Those of {@code when} with it in front of their keys, such as {@code when.path}. */
    public static List<ConfigField> ruleFields() {
        List<ConfigField> fields = new ArrayList<>();
        RuleCodec.FIELDS.forEach(field -> fields.add(field(field.about(), List.of())));
        MatchSchema.WHEN
                .fields()
                .forEach(condition -> fields.add(within("when.", field(condition.about(), List.of()))));
        return fields;
    }

    /**
     * Keys of the short form: the most common faults as fields of a proxy.
     *
     * @return fields, in the order of the documentation
     */
    public static List<ConfigField> shortForm() {
        return ShortForm.ABOUTS.stream().map(about -> field(about, List.of())).toList();
    }

    /**
     * Options of a proxy; those of {@code http} with it in front of their keys, such as {@code http.strict}.
     *
     * @return fields, in the order of the documentation
     */
    public static List<ConfigField> options() {
        return options(EnumSet.allOf(Protocol.class));
    }

    /**
     * Options that a proxy of a protocol uses.
     *
     * @param protocol of the proxy
     * @return fields, in the order of the documentation
     */
    public static List<ConfigField> options(Protocol protocol) {
        Check.given("protocol", protocol);
        return options(EnumSet.of(protocol));
    }

    private static List<ConfigField> options(Set<Protocol> protocols) {
        List<ConfigField> fields = new ArrayList<>();
        OptionSchemas.abouts(protocols).forEach(about -> fields.add(field(about, List.of())));
        OptionSchemas.httpAbouts(protocols).forEach(about -> fields.add(within("http.", field(about, List.of()))));
        return fields;
    }

    /**
     * Fields of TLS, with {@code tls}, {@code upstream-tls} and {@code intercept} in front of their keys, such as
     * {@code tls.certificate}.
     *
     * @return the fields
     */
    public static List<ConfigField> tls() {
        List<ConfigField> fields = new ArrayList<>();
        TlsSchemas.LISTENER.fields().forEach(field -> fields.add(within("tls.", field(field.about(), List.of()))));
        TlsSchemas.KEY_FILES
                .fields()
                .forEach(field -> fields.add(within("tls.certificates.NAME.", field(field.about(), List.of()))));
        TlsSchemas.UPSTREAM
                .fields()
                .forEach(field -> fields.add(within("upstream-tls.", field(field.about(), List.of()))));
        InterceptSchema.INTERCEPT
                .fields()
                .forEach(field -> fields.add(within("intercept.", field(field.about(), List.of()))));
        return fields;
    }

    /**
     * Settings of the control plane; those of its certificate with {@code tls} in front of their keys.
     *
     * @return fields, in the order of the documentation
     */
    public static List<ConfigField> control() {
        List<ConfigField> fields = new ArrayList<>();
        abouts(ControlSchema.CONTROL).forEach(about -> fields.add(field(about, List.of())));
        abouts(ControlSchema.TLS)
                .forEach(about -> fields.add(within(ControlSchema.TLS_KEY + ".", field(about, List.of()))));
        return fields;
    }

    /**
     * Settings of a cluster.
     *
     * @return fields, in the order of the documentation
     */
    public static List<ConfigField> cluster() {
        return abouts(ClusterSchema.CLUSTER).stream()
                .map(about -> field(about, List.of()))
                .toList();
    }

    private static ConfigField within(String prefix, ConfigField field) {
        return new ConfigField(
                prefix + field.key(),
                field.forms(),
                field.values(),
                field.words(),
                field.isRequired(),
                field.defaultValue(),
                field.summary());
    }

    private static ConfigField field(About about, List<String> forms) {
        String values = switch (about.shape()) {
            case VALUE -> about.type().noun();
            case LIST -> about.type().noun() + ", one or several";
            case MAP -> "{ NAME = " + about.type().noun() + " }";
        };
        return new ConfigField(
                about.key(),
                forms,
                values,
                about.type().words(),
                about.presence() == Presence.REQUIRED,
                about.presence() == Presence.DEFAULTED ? Optional.of(String.valueOf(about.sample())) : Optional.empty(),
                about.summary() + bounds(about));
    }

    /** Such as {@code ; 200 to 599}. */
    static String bounds(About about) {
        Optional<Object> min = about.min();
        if (min.isPresent() && about.max().isPresent()) {
            return "; " + min.get() + " to " + about.max().get();
        }
        return min.map(least -> least.equals(0) ? "" : "; at least " + least)
                .or(() -> about.max().map(most -> "; at most " + most))
                .orElse("");
    }

    /**
     * {@return the JSON schema of one type of fault, by its name among {@link #jsonSchemas()}}
     *
     * @param type of a fault that there is
     */
    public static Map<String, Object> jsonSchemas(String type) {
        String name = schemaName(type);
        Object schema = jsonSchemas().get(name);
        if (schema == null) {
            throw new IllegalArgumentException("there is no type of fault " + type);
        }
        return Map.of(name, schema);
    }

    /**
     * Schemas for the components of an OpenAPI 3.1 document: {@code Fault} is one of all types, each a schema of its own
     * under a name such as {@code SlowClose}; {@code RuleFields} and {@code When} are the fields of every rule, {@code
     * ProxyFields} those of a proxy besides its protocol, addresses and rules. A list with one value may also be that value,
     * which the schemas leave out.
     *
     * @return schemas by the names of their components
     */
    public static Map<String, Object> jsonSchemas() {
        Map<String, Object> schemas = new LinkedHashMap<>(ValueType.unitSchemas());
        Map<String, String> mapping = new LinkedHashMap<>();
        List<Map<String, Object>> types = new ArrayList<>();
        for (FaultSchema<?> schema : table()) {
            String name = schemaName(schema.type());
            schemas.put(name, jsonSchema(schema));
            mapping.put(schema.type(), SCHEMAS + name);
            types.add(reference(name));
        }
        schemas.put(
                "Fault", Map.of("oneOf", types, "discriminator", Map.of("propertyName", "type", "mapping", mapping)));
        Map<String, Object> ofRule =
                properties(RuleCodec.FIELDS.stream().map(FieldSchema::about).toList());
        ofRule.put("when", reference("When"));
        schemas.put("RuleFields", object(ofRule, "Fields of every rule"));
        schemas.put(
                "When",
                with(
                        object(
                                properties(MatchSchema.WHEN.fields().stream()
                                        .map(FieldSchema::about)
                                        .toList()),
                                "Conditions; all of them have to hold"),
                        "additionalProperties",
                        false));
        Map<String, Object> ofProxy = properties(ShortForm.ABOUTS);
        ofProxy.putAll(properties(OptionSchemas.abouts()));
        ofProxy.put("http", object(properties(OptionSchemas.httpAbouts()), "Options of http"));
        ofProxy.put("tls", reference("Tls"));
        ofProxy.put("upstream-tls", reference("UpstreamTls"));
        ofProxy.put("intercept", reference("Intercept"));
        schemas.put(
                "Tls",
                Map.of(
                        "description",
                        "What the listener does with TLS",
                        "oneOf",
                        List.of(Map.of("type", "string", "enum", List.of("passthrough")), reference("ListenerTls"))));
        schemas.put("ListenerTls", listenerTls());
        schemas.put("UpstreamTls", closed(TlsSchemas.UPSTREAM, "TLS of the upstream, https:// or tls://"));
        schemas.put(
                "Intercept",
                with(
                        closed(InterceptSchema.INTERCEPT, "Interception of TLS on a forward proxy"),
                        "required",
                        List.of("ca")));
        schemas.put("ProxyFields", object(ofProxy, "Short form of faults, options and TLS"));
        return schemas;
    }

    private static Map<String, Object> listenerTls() {
        Map<String, Object> fields = properties(abouts(TlsSchemas.LISTENER));
        fields.put(
                TlsSchemas.CERTIFICATES,
                Map.of(
                        "type",
                        "object",
                        "description",
                        TlsSchemas.CERTIFICATES_SUMMARY,
                        "additionalProperties",
                        with(closed(TlsSchemas.KEY_FILES, "Certificate and key"), "required", List.of("certificate"))));
        return with(object(fields, "TLS of the listener"), "additionalProperties", false);
    }

    private static Map<String, Object> closed(ObjectSchema<?> schema, String description) {
        return with(object(properties(abouts(schema)), description), "additionalProperties", false);
    }

    private static List<About> abouts(ObjectSchema<?> schema) {
        List<About> abouts = new ArrayList<>();
        schema.fields().forEach(field -> abouts.add(field.about()));
        return abouts;
    }

    /**
     * {@return name of the JSON schema of a type of fault, such as {@code SlowClose}}
     *
     * @param type value of the key {@code type}
     */
    public static String schemaName(String type) {
        Check.given("type", type);
        return Stream.of(type.split("-"))
                .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining());
    }

    private static Map<String, Object> reference(String name) {
        return Map.of("$ref", SCHEMAS + name);
    }

    private static Map<String, Object> object(Map<String, Object> properties, String description) {
        return Map.of("type", "object", "description", description, "properties", properties);
    }

    private static Map<String, Object> with(Map<String, Object> schema, String key, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(schema);
        more.put(key, value);
        return more;
    }

    private static Map<String, Object> jsonSchema(FaultSchema<?> schema) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("type", Map.of("type", "string", "const", schema.type()));
        properties.putAll(properties(schema.abouts()));
        Map<String, Object> own = object(properties, schema.summary());
        List<Map<String, Object>> forms =
                schema.forms().stream().map(ConfigReference::form).toList();
        return Map.of("allOf", List.of(reference("RuleFields"), with(own, "anyOf", forms)));
    }

    /** A form with its own fields: a key may stand for different things in two of them. */
    private static Map<String, Object> form(FaultSchema.Form<?> form) {
        Map<String, Object> shown = new LinkedHashMap<>();
        if (!form.name().isEmpty()) {
            shown.put("title", form.name());
        }
        shown.put("properties", properties(abouts(form.schema())));
        shown.put("required", required(form.schema().fields()));
        return shown;
    }

    private static List<String> required(List<? extends FieldSchema<?, ?>> fields) {
        List<String> keys = new ArrayList<>(List.of("type"));
        fields.stream()
                .map(FieldSchema::about)
                .filter(about -> about.presence() == Presence.REQUIRED)
                .forEach(about -> keys.add(about.key()));
        return keys;
    }

    private static Map<String, Object> properties(List<About> abouts) {
        Map<String, Object> properties = new LinkedHashMap<>();
        abouts.forEach(about -> properties.putIfAbsent(about.key(), property(about)));
        return properties;
    }

    private static Map<String, Object> property(About about) {
        Map<String, Object> value = about.type().jsonSchema();
        Map<String, Object> schema = switch (about.shape()) {
            case VALUE -> new LinkedHashMap<>(value);
            case LIST -> new LinkedHashMap<>(Map.of("type", "array", "items", value));
            case MAP -> new LinkedHashMap<>(Map.of("type", "object", "additionalProperties", value));
        };
        about.min().filter(Number.class::isInstance).ifPresent(min -> schema.put("minimum", min));
        about.max().filter(Number.class::isInstance).ifPresent(max -> schema.put("maximum", max));
        if (about.presence() == Presence.DEFAULTED) {
            schema.put(DEFAULT, about.sample());
        } else {
            schema.put("examples", List.of(about.sample()));
        }
        schema.put("description", about.summary() + bounds(about));
        return schema;
    }
}
