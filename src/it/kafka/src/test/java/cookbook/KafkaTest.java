package cookbook;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@ChaosTest
class KafkaTest {
    private static final int PORT = Broker.freePort();

    private static Broker kafka;

    // snippet: kafka
    @Chaos(upstream = "kafka()")
    static ChaosProxy broker;

    static int kafka() {
        return PORT;
    }

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        kafka = Broker.start(folder, PORT, "127.0.0.1:" + broker.port()); // the last is what it advertises
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", broker.address().toString()))) {
            admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1)))
                    .all()
                    .get(60, SECONDS);
        }
    }

    @Test
    void clientsAreToldTheAddressOfTheProxy() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + PORT))) { // past the proxy
            List<Node> nodes = List.copyOf(admin.describeCluster().nodes().get(60, SECONDS));
            assertEquals(1, nodes.size());
            assertEquals(broker.port(), nodes.getFirst().port());
        }
    }

    @Test
    void eachRecordArrivesOnceThoughConnectionsAreReset() {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                broker.address().toString(),
                "enable.idempotence",
                true,
                "reconnect.backoff.ms",
                20);
        try (KafkaProducer<Integer, Integer> producer =
                new KafkaProducer<>(settings, new IntegerSerializer(), new IntegerSerializer())) {
            for (int order = 0; order < 20; order++) {
                producer.send(new ProducerRecord<>("orders", order, order));
                if (order % 5 == 4) {
                    broker.sever();
                }
            }
        } // close waits until all are delivered
        assertEquals(IntStream.range(0, 20).boxed().toList(), orders(20));
        assertTrue(broker.traffic().connections() > 2);
    }
    // end

    /** So many orders from the beginning on, and what comes within a second after them. */
    private static List<Integer> orders(int count) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", broker.address().toString(), "group.id", "test", "auto.offset.reset", "earliest");
        List<Integer> orders = new ArrayList<>();
        try (KafkaConsumer<Integer, Integer> consumer =
                new KafkaConsumer<>(settings, new IntegerDeserializer(), new IntegerDeserializer())) {
            consumer.subscribe(List.of("orders"));
            long end = System.nanoTime() + SECONDS.toNanos(60);
            while (orders.size() < count && System.nanoTime() < end) {
                consumer.poll(Duration.ofSeconds(1)).forEach(each -> orders.add(each.value()));
            }
            consumer.poll(Duration.ofSeconds(1)).forEach(each -> orders.add(each.value()));
        }
        return orders;
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }
}
