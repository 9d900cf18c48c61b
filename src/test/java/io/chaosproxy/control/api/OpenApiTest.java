package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.observe.EndCause;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class OpenApiTest {
    private static ConfigObject object(ConfigObject in, String key) {
        return (ConfigObject) in.get(key);
    }

    private static Set<String> methods(ConfigObject path) {
        TreeSet<String> methods = new TreeSet<>(path.keySet());
        methods.remove("parameters");
        return methods;
    }

    @Test
    void documentAndRoutesAreTheSame() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            Answer answer = rig.get("/api/v1/openapi.json");
            assertEquals(200, answer.status());
            assertEquals("application/json", answer.type());
            assertEquals("3.1.0", answer.json().getString("openapi"));
            ConfigObject paths = answer.json().getObject("paths");
            TreeSet<String> described = new TreeSet<>();
            paths.keySet()
                    .forEach(path -> methods(object(paths, path))
                            .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path)));
            TreeSet<String> served = new TreeSet<>();
            rig.api().routes().forEach(route -> served.add(route.method().text() + " " + route.path()));
            assertEquals(served, described);
        }
    }

    /** By a reader that is not ours, which follows every reference. */
    @Test
    void theDocumentIsOpenApi() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            ParseOptions options = new ParseOptions();
            options.setResolve(true);
            SwaggerParseResult read = new OpenAPIV3Parser()
                    .readContents(rig.get("/api/v1/openapi.json").body(), null, options);
            assertEquals(List.of(), read.getMessages());
            assertEquals(
                    rig.api().routes().stream()
                            .map(route -> route.path().toString())
                            .distinct()
                            .count(),
                    read.getOpenAPI().getPaths().size());
        }
    }

    @Test
    void eachOperationIsWhole() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            ConfigObject paths = rig.get("/api/v1/openapi.json").json().getObject("paths");
            Set<String> ids = new HashSet<>();
            for (String path : paths.keySet()) {
                for (String method : methods(object(paths, path))) {
                    Config operation = object(object(paths, path), method).toConfig();
                    assertTrue(ids.add(operation.getString("operationId")), operation.toString());
                    assertTrue(operation.getString("summary").length() > 5);
                    assertTrue(operation.hasPath("responses.default"), path);
                    assertTrue(operation.getObject("responses").size() > 1, path);
                }
                assertEquals(namesIn(path), declared(object(paths, path)), path);
            }
        }
    }

    private static Set<String> namesIn(String path) {
        Set<String> names = new TreeSet<>();
        Pattern.compile("\\{(.*?)}").matcher(path).results().forEach(found -> names.add(found.group(1)));
        return names;
    }

    private static Set<String> declared(ConfigObject path) {
        Set<String> names = new TreeSet<>();
        if (path.containsKey("parameters")) {
            path.toConfig().getConfigList("parameters").forEach(each -> names.add(each.getString("name")));
        }
        return names;
    }

    @Test
    void referencesLeadSomewhere() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            Config document = rig.get("/api/v1/openapi.json").json();
            List<String> references = new ArrayList<>();
            collect(document.root(), references);
            assertTrue(references.size() > 20, references.toString());
            for (String reference : references) {
                assertTrue(document.hasPath(reference.substring(2).replace('/', '.')), reference);
            }
        }
    }

    @Test
    void examplesOfBodiesAreAccepted() throws Exception {
        try (NativeRig rig = new NativeRig();
                Origin origin = Origin.echo()) {
            rig.fleet().add(TestProxy.spec(Protocol.HTTP, origin.port()), true);
            Config paths = rig.get("/api/v1/openapi.json").json();
            String rule = "/api/v1/proxies/http/rules/slow";
            for (String body : examples(paths, "/api/v1/proxies/{proxy}/rules/{rule}", "put")) {
                assertTrue(rig.put(rule, body).status() < 300, body);
            }
            for (String body : examples(paths, "/api/v1/rules/{rule}", "put")) {
                assertEquals(200, rig.put("/api/v1/rules/slow", body).status(), body);
            }
            rig.put(rule, "{\"type\": \"latency\", \"delay\": \"1ms\"}");
            for (String body : examples(paths, "/api/v1/proxies/{proxy}/rules/{rule}", "patch")) {
                assertEquals(200, rig.patch(rule, body).status(), body);
            }
            for (String body : examples(paths, "/api/v1/proxies/{proxy}", "put")) {
                Answer added = rig.put("/api/v1/proxies/added", body);
                assertTrue(added.status() < 300, added.body());
            }
            rig.patch(
                    "/api/v1/proxies/http", "{\"jitter-prob\": 0.1, \"jitter-min\": \"1ms\", \"jitter-max\": \"2ms\"}");
            for (String body : examples(paths, "/api/v1/proxies/{proxy}", "patch")) {
                Answer patched = rig.patch("/api/v1/proxies/http", body);
                assertEquals(200, patched.status(), patched.body());
            }
            for (String body : examples(paths, "/api/v1/proxies/{proxy}/profile", "put")) {
                assertEquals(200, rig.put("/api/v1/proxies/http/profile", body).status(), body);
            }
            for (String body : examples(paths, "/api/v1/leases", "post")) {
                assertEquals(201, rig.post("/api/v1/leases", body).status(), body);
            }
        }
    }

    private static List<String> examples(Config document, String path, String method) {
        ConfigObject examples = document.getConfig(
                        ConfigUtil.joinPath("paths", path, method, "requestBody", "content", "application/json"))
                .getObject("examples");
        List<String> bodies = examples.keySet().stream()
                .map(name -> object(examples, name).get("value").render(ConfigRenderOptions.concise()))
                .toList();
        assertFalse(bodies.isEmpty());
        return bodies;
    }

    /** Values that the program sends are those that the document names. */
    @Test
    void causesAreThoseOfTheProgram() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            Config schemas = rig.get("/api/v1/openapi.json").json().getConfig("components.schemas");
            assertEquals(
                    Stream.of(EndCause.values()).map(EndCause::toString).toList(),
                    schemas.getConfigList("ConnectionEvent.allOf").getLast().getStringList("properties.cause.enum"));
        }
    }

    /** Each field that is sent is described, and each that is required is sent. */
    @Test
    void statisticsAreThoseOfTheirSchema() throws Exception {
        try (NativeRig rig = new NativeRig();
                Origin origin = Origin.echo()) {
            rig.fleet().add(TestProxy.spec(Protocol.HTTP, origin.port()), true);
            Config schemas = rig.get("/api/v1/openapi.json").json().getConfig("components.schemas");
            Config stats = rig.get("/api/v1/stats").json();
            assertEquals(
                    Set.copyOf(schemas.getStringList("Stats.required")),
                    stats.root().keySet());
            assertEquals(
                    Set.copyOf(schemas.getStringList("ProxyStats.required")),
                    stats.getObject("proxies.http").keySet());
            assertTrue(schemas.getObject("ProxyStats.properties")
                    .keySet()
                    .containsAll(stats.getObject("proxies.http").keySet()));
        }
    }

    @Test
    void eachFaultHasASchemaOfItsFields() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            Config document = rig.get("/api/v1/openapi.json").json();
            ConfigObject mapping = document.getObject("components.schemas.Fault.discriminator.mapping");
            assertEquals(14, mapping.size());
            mapping.forEach((type, reference) -> assertEquals(
                    type,
                    document.getConfig(String.valueOf(reference.unwrapped())
                                    .substring(2)
                                    .replace('/', '.'))
                            .getConfigList("allOf")
                            .getLast()
                            .getString("properties.type.const")));
            String path = String.valueOf(mapping.get("slice").unwrapped()).substring(2);
            Config slice = document.getConfig(path.replace('/', '.'))
                    .getConfigList("allOf")
                    .getLast();
            assertEquals("slice", slice.getString("properties.type.const"));
            assertEquals(
                    Set.of("type", "size", "variation", "delay"),
                    slice.getObject("properties").keySet());
            assertEquals(1, slice.getInt("properties.size.minimum"));
            assertEquals("0s", slice.getString("properties.delay.x-default"));
            assertEquals(
                    List.of("type", "size"),
                    slice.getConfigList("anyOf").getFirst().getStringList("required"));
        }
    }

    @Test
    void everyRuleHasTheFieldsOfTheTable() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            Config schemas = rig.get("/api/v1/openapi.json").json().getConfig("components.schemas");
            assertEquals(
                    Set.of("direction", "probability", "per", "max-hits", "ttl", "when"),
                    schemas.getObject("RuleFields.properties").keySet());
            assertEquals(List.of("up", "down", "both"), schemas.getStringList("RuleFields.properties.direction.enum"));
            assertEquals(1, schemas.getInt("RuleFields.properties.probability.maximum"));
            assertTrue(schemas.hasPath("When.properties.header.additionalProperties.type"));
            assertEquals(10000, schemas.getInt("ProxyFields.properties.max-connections.x-default"));
            assertTrue(schemas.hasPath("ProxyFields.properties.latency"));
            assertTrue(schemas.getBoolean("ProxyFields.properties.http.properties.strict.x-default"));
        }
    }

    private static void collect(ConfigValue value, List<String> references) {
        if (value instanceof ConfigObject object) {
            object.forEach((key, child) -> {
                if (key.equals("$ref")) {
                    references.add((String) child.unwrapped());
                }
                collect(child, references);
            });
        } else if (value instanceof ConfigList list) {
            list.forEach(child -> collect(child, references));
        }
    }
}
