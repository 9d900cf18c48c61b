package io.chaosproxy.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Plans as JSON: the rules in their order, each as a configuration file has it. */
final class PlanText {
    private PlanText() {}

    static String write(Plan plan) {
        List<Map<String, Object>> rules = plan.rules().stream()
                .map(rule -> Map.<String, Object>of(
                        "name", rule.name(), "rule", ConfigWriter.write(rule).unwrapped()))
                .toList();
        return ConfigWriter.json(ConfigValueFactory.fromMap(Map.of("rules", rules)));
    }

    /** @throws io.chaosproxy.config.InvalidConfigException if another version of the program wrote rules that this one doesn't know */
    static Plan read(String text, Protocol protocol) {
        List<Rule> rules = new ArrayList<>();
        for (Config each : ConfigReader.json(text, "plan of the cluster").getConfigList("rules")) {
            rules.add(ConfigReader.rule(each.getString("name"), each.getConfig("rule"), protocol));
        }
        return new Plan(rules);
    }
}
