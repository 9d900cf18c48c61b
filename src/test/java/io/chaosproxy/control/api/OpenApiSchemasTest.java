package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.TestProxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Examples of the OpenAPI document and answers of the server are what the schemas say, by a validator that is not ours. */
final class OpenApiSchemasTest {
    private static final String URI = "http://chaosproxy.test/openapi.json";

    private final Config document =
            ConfigValueFactory.fromMap(OpenApi.document()).toConfig();
    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
            Dialects.getDraft202012(), builder -> builder.schemas(Map.of(URI, json(document.root()))));

    private static String json(ConfigValue value) {
        return value.render(ConfigRenderOptions.concise());
    }

    /** Errors of a value by the schema at a path of the document. */
    private List<String> errors(List<String> path, String value) {
        StringBuilder pointer = new StringBuilder("#");
        path.forEach(key -> pointer.append('/')
                .append(key.replace("~", "~0")
                        .replace("/", "~1")
                        .replace("{", "%7B")
                        .replace("}", "%7D")));
        Schema schema = registry.getSchema(SchemaLocation.of(URI + pointer));
        return schema.validate(value, InputFormat.JSON).stream()
                .map(error -> String.join("/", path) + ": " + value + ": " + error)
                .toList();
    }

    private void assertValid(String schema, Answer answer) {
        assertTrue(answer.status() < 300, answer.body());
        assertEquals(List.of(), errors(List.of("components", "schemas", schema), answer.body()));
    }

    private void assertValid(String path, String method, Answer answer) {
        assertTrue(answer.status() < 300, answer.body());
        assertEquals(
                List.of(),
                errors(
                        List.of("paths", path, method, "responses", "200", "content", "application/json", "schema"),
                        answer.body()));
    }

    @Test
    void examplesOfBodiesAreValid() {
        List<String> wrong = new ArrayList<>();
        int examples = 0;
        for (Map.Entry<String, ConfigValue> path : document.getObject("paths").entrySet()) {
            for (Map.Entry<String, ConfigValue> method : ((ConfigObject) path.getValue()).entrySet()) {
                String content = ConfigUtil.joinPath(
                        "paths", path.getKey(), method.getKey(), "requestBody", "content", "application/json");
                if (!method.getKey().equals("parameters") && document.hasPath(content + ".examples")) {
                    List<String> schema = new ArrayList<>(ConfigUtil.splitPath(content));
                    schema.add("schema");
                    for (ConfigValue example :
                            document.getObject(content + ".examples").values()) {
                        examples++;
                        wrong.addAll(errors(schema, json(((ConfigObject) example).get("value"))));
                    }
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(examples > 8, "examples: " + examples);
    }

    /** Those within the schemas, and the values of fields that are left out. */
    @Test
    void examplesOfFieldsAreValid() {
        List<String> wrong = new ArrayList<>();
        int examples = checkExamples(document.root(), new ArrayList<>(), wrong);
        assertEquals(List.of(), wrong);
        assertTrue(examples > 100, "examples: " + examples);
    }

    private int checkExamples(ConfigValue value, List<String> path, List<String> wrong) {
        int found = 0;
        if (value instanceof ConfigList list) {
            for (int i = 0; i < list.size(); i++) {
                found += checkExamples(list.get(i), with(path, String.valueOf(i)), wrong);
            }
        } else if (value instanceof ConfigObject object) {
            List<ConfigValue> examples = new ArrayList<>();
            if (object.get("examples") instanceof ConfigList list) {
                examples.addAll(list);
            }
            for (String key : List.of("default", "x-default")) {
                if (object.containsKey(key)
                        && object.keySet().stream().anyMatch(List.of("type", "$ref", "oneOf")::contains)) {
                    examples.add(object.get(key));
                }
            }
            examples.forEach(example -> wrong.addAll(errors(path, json(example))));
            found = examples.size();
            for (Map.Entry<String, ConfigValue> field : object.entrySet()) {
                found += checkExamples(field.getValue(), with(path, field.getKey()), wrong);
            }
        }
        return found;
    }

    private static List<String> with(List<String> path, String key) {
        List<String> longer = new ArrayList<>(path);
        longer.add(key);
        return longer;
    }

    /** One body for each form of each fault, of its required fields with their examples. */
    static List<Map<String, Object>> faults(Config document) {
        List<Map<String, Object>> bodies = new ArrayList<>();
        ConfigObject mapping = document.getObject("components.schemas.Fault.discriminator.mapping");
        for (Map.Entry<String, ConfigValue> type : mapping.entrySet()) {
            String schema = String.valueOf(type.getValue().unwrapped());
            Config own = document.getConfigList(ConfigUtil.joinPath(
                            "components", "schemas", schema.substring(schema.lastIndexOf('/') + 1), "allOf"))
                    .getLast();
            for (Config form : own.getConfigList("anyOf")) {
                Map<String, Object> body = new LinkedHashMap<>(Map.of("type", type.getKey()));
                for (String key : form.getObject("properties").keySet()) {
                    String examples = ConfigUtil.joinPath("properties", key, "examples");
                    if (form.hasPath(examples)
                            && (form.getStringList("required").contains(key)
                                    || key.equals("distribution")
                                    || key.equals("set"))) { // headers need something to do
                        body.put(key, form.getList(examples).getFirst().unwrapped());
                    }
                }
                bodies.add(body);
            }
        }
        return bodies;
    }

    @Test
    void rulesInAnswersAreValid() throws Exception {
        try (NativeRig rig = new NativeRig();
                Origin origin = Origin.echo()) {
            rig.fleet().add(TestProxy.spec(Protocol.HTTP, origin.port()), true);
            int taken = 0;
            for (Map<String, Object> body : faults(document)) {
                Answer answer = rig.put("/api/v1/proxies/http/rules/one", json(ConfigValueFactory.fromMap(body)));
                if (answer.status() == 400 && answer.body().contains("needs tls")) {
                    continue;
                }
                assertValid("Rule", answer);
                taken++;
            }
            assertTrue(taken > 15, "forms: " + taken);
            assertValid("/api/v1/proxies/{proxy}/rules", "get", rig.get("/api/v1/proxies/http/rules"));
        }
    }

    @Test
    void otherAnswersAreValid() throws Exception {
        try (NativeRig rig = new NativeRig();
                Origin origin = Origin.echo()) {
            assertValid("Proxy", rig.put("/api/v1/proxies/shop", """
                { "protocol": "http", "upstream": "127.0.0.1:%d", "listen": "127.0.0.1:0", "latency": "100ms", "speed-up": 70000,
                  "idle-timeout": "90s", "max-head": 20000, "faults": { "slow": { "type": "slow-close", "delay": 5 } } }
                """.formatted(origin.port())));
            assertValid("/api/v1/proxies", "get", rig.get("/api/v1/proxies"));
            assertValid("/api/v1/stats", "get", rig.get("/api/v1/stats"));
            assertValid("/api/v1/journal", "get", rig.get("/api/v1/journal"));
            assertValid("/api/v1/connections", "get", rig.get("/api/v1/connections"));
            assertValid("/api/v1/exchanges", "get", rig.get("/api/v1/exchanges"));
            assertValid("/api/v1/profiles", "get", rig.get("/api/v1/profiles"));
            assertValid("Lease", rig.post("/api/v1/leases", "{\"ttl\": \"30s\"}"));
        }
    }

    /** The validator finds what is wrong: each schema is closed by its type. */
    @Test
    void otherValuesAreNotValid() {
        List<String> rule = List.of("components", "schemas", "Rule");
        assertEquals(List.of(), errors(rule, "{\"type\": \"slow-close\", \"delay\": 1, \"name\": \"a\", \"hits\": 0}"));
        assertNotEquals(
                List.of(), errors(rule, "{\"type\": \"slow-close\", \"delay\": true, \"name\": \"a\", \"hits\": 0}"));
        assertNotEquals(List.of(), errors(rule, "{\"type\": \"slow-close\", \"delay\": 1, \"name\": \"a\"}"));
        assertNotEquals(List.of(), errors(rule, "{\"type\": \"slow-close\", \"name\": \"a\", \"hits\": 0}"));
        Config fault = ConfigFactory.parseMap(Map.of("type", "slice", "size", 5, "sise", 5));
        List<String> body = List.of(
                "paths",
                "/api/v1/proxies/{proxy}/rules/{rule}",
                "put",
                "requestBody",
                "content",
                "application/json",
                "schema");
        assertNotEquals(List.of(), errors(body, json(fault.root())));
        assertEquals(List.of(), errors(body, json(fault.withoutPath("sise").root())));
    }
}
