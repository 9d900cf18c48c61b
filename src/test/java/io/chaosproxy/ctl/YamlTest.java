package io.chaosproxy.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What another reader of YAML makes of it. */
@Tag("fast")
final class YamlTest {
    private static String yaml(String json) {
        return Yaml.of(ConfigFactory.parseString(json).root());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":{},\"b\":[]}",
                "{\"a\":[1,[2,3],[],{\"b\":[{\"c\":null}]}],\"d\":{\"e\":{\"f\":true}}}",
                "{\"no\":\"no\",\"on\":\"On\",\"n\":\"null\",\"t\":\"true\",\"y\":\"Y\",\"number\":\"12\",\"hex\":\"0x1f\",\"e\":\"1e3\"}",
                "{\"a b\":\"c: d\",\"#\":\"a # b\",\"e\":\"- f\",\"g\":\" h \",\"i\":\"\",\"j\":\"[k\",\"l\":\"m\\n"
                        + "n\",\"o\":\"\\u0001\"}",
                "{\"path\":\"/api/**\",\"quote\":\"'\\\"\",\"tilde\":\"~\",\"at\":\"@x\",\"percent\":\"%x\",\"date\":\"2026-01-01\"}",
                "{\"big\":123456789012345678,\"small\":0.001,\"off\":false,\"infinity\":\".inf\",\"nan\":\"nan\"}"
            })
    void readsBackTheSame(String json) {
        assertEquals(JsonMapper.shared().readTree(json), new YAMLMapper().readTree(yaml(json)), () -> yaml(json));
    }

    @Test
    void isWhatPeopleWrite() {
        assertEquals("""
            list:
              - a: 1
                b: "x: y"
              - plain text
            none: null\
            """, yaml("{\"none\":null,\"list\":[{\"b\":\"x: y\",\"a\":1},\"plain text\"]}"));
    }
}
