package shop;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A shop whose payments are made by another service. */
@SpringBootApplication
public class ShopApplication {
    /** Starts it. */
    public static void main(String[] args) {
        SpringApplication.run(ShopApplication.class, args);
    }
}
