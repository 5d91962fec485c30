import cartera.ApiException;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The requests of sequence.py. */
final class Exchange {
  /** Unlike the generated code's own, it writes null. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();

  /** Any of the requests: each uses some of the fields. */
  record Request(
      @JsonProperty("do") String step,
      String email,
      String password,
      String key,
      String name,
      String industry,
      String website,
      Integer employees,
      List<String> names,
      List<OffsetDateTime> created,
      OffsetDateTime since,
      boolean unclassified,
      String sort,
      int limit,
      String cursor,
      UUID id,
      String etag) {}

  interface Client {
    Map<String, Object> answer(Request request) throws ApiException, IOException;
  }

  /** Answers the requests from standard input until it ends. What the client throws ends the program. */
  static void serve(Client client) throws ApiException, IOException {
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = lines.readLine()) != null; ) {
      System.out.println(JSON.writeValueAsString(client.answer(JSON.readValue(line, Request.class))));
    }
  }
}
