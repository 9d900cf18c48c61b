package cookbook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.junit.Chaos;
import io.chaosproxy.junit.ChaosTest;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallbackExtended;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.Test;

@ChaosTest
class MqttTest {
    @Chaos(upstream = "mqtt()")
    ChaosProxy broker;

    static int mqtt() {
        return Servers.mqtt();
    }

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final CountDownLatch lost = new CountDownLatch(1);

    private MqttClient device(String name) throws MqttException {
        MqttClient device = new MqttClient("tcp://" + broker.address(), name, new MemoryPersistence());
        device.setCallback(new MqttCallbackExtended() {
            @Override
            public void connectComplete(boolean again, String server) {}

            @Override
            public void connectionLost(Throwable cause) {
                lost.countDown();
            }

            @Override
            public void messageArrived(String topic, MqttMessage message) {
                received.add(new String(message.getPayload(), UTF_8));
            }

            @Override
            public void deliveryComplete(IMqttDeliveryToken token) {}
        });
        return device;
    }

    private static void publish(String text) throws MqttException {
        try (MqttClient shop = new MqttClient(
                "tcp://127.0.0.1:" + Servers.mqtt(), "shop", new MemoryPersistence())) { // not through the proxy
            shop.connect();
            shop.publish("orders", text.getBytes(UTF_8), 1, false);
            shop.disconnect();
        }
    }

    // snippet: mqtt
    private static MqttConnectOptions options() {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(false); // the broker keeps what a device that is away should get
        options.setAutomaticReconnect(true);
        options.setMaxReconnectDelay(1000);
        options.setKeepAliveInterval(3);
        return options;
    }

    @Test
    void aMessageSentMeanwhileArrivesAfterTheReconnect() throws Exception {
        MqttClient device = device("device-1");
        device.connect(options());
        device.subscribe("orders", 1);
        broker.disable(); // resets what is open, refuses what is new
        assertTrue(lost.await(60, SECONDS));
        publish("42");
        broker.enable();
        assertEquals("42", received.poll(60, SECONDS));
        device.disconnect();
        device.close();
    }

    @Test
    void aHalfOpenConnectionIsNoticedByTheKeepAlive() throws Exception {
        MqttClient device = device("device-2");
        device.connect(options());
        device.subscribe("orders", 1);
        try (var vanished = broker.inject(Timeout.never())) {
            assertTrue(lost.await(60, SECONDS)); // by a ping without an answer
            publish("43");
        }
        assertEquals("43", received.poll(60, SECONDS));
        device.disconnect();
        device.close();
    }
    // end
}
