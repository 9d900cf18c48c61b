package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import io.chaosproxy.control.web.Route;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Query parameters of all operations of the native API. */
final class QueryParametersTest {
    @Test
    void anUnknownParameterIsRejectedByEachOperation() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            for (Route route : rig.api().routes()) {
                String path = route.path().toString().replaceAll("\\{\\w+}", "none");
                String known = route.query().isEmpty()
                        ? "there are none here"
                        : "known here: " + String.join(", ", route.query());
                NativeRig.Answer answer = rig.call(route.method().text(), path + "?bogus=1", "");
                assertEquals(400, answer.status(), route + answer.body());
                assertEquals(List.of("bogus: unknown parameter; " + known), answer.errors(), route.toString());
            }
        }
    }

    @Test
    void aParameterGivenTwiceIsRejected() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            assertEquals(
                    List.of("last: is given more than once"),
                    rig.get("/api/v1/journal?last=1&last=2").errors());
        }
    }

    @Test
    void theDocumentListsTheParametersOfEachOperation() throws Exception {
        try (NativeRig rig = new NativeRig()) {
            ConfigObject paths = rig.get("/api/v1/openapi.json").json().getObject("paths");
            for (Route route : rig.api().routes()) {
                Config operation = ((ConfigObject) paths.get(route.path().toString()))
                        .toConfig()
                        .getConfig(route.method().text().toLowerCase(Locale.ROOT));
                TreeSet<String> documented = new TreeSet<>();
                if (operation.hasPath("parameters")) {
                    operation
                            .getConfigList("parameters")
                            .forEach(parameter -> documented.add(parameter.getString("name")));
                }
                assertEquals(new TreeSet<>(route.query()), documented, route.toString());
            }
        }
    }
}
