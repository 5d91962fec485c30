import cartera.ApiClient;
import cartera.ApiException;
import cartera.ApiResponse;
import cartera.api.AccountsApi;
import cartera.api.AccountsApi.APIListAccountsRequest;
import cartera.api.SignInApi;
import cartera.model.Account;
import cartera.model.AccountAnswer;
import cartera.model.CreateAccount;
import cartera.model.Login;
import cartera.model.Problem;
import cartera.model.ProblemEntry;
import cartera.model.UpdateAccount;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The client that openapi-generator makes for Java. */
final class Main implements Exchange.Client {
  private final ApiClient http = new ApiClient();
  private final AccountsApi accounts;
  private String accessToken;

  public static void main(String[] arguments) throws ApiException, IOException {
    Exchange.serve(new Main());
  }

  private Main() {
    http.updateBaseUri(System.getenv("CARTERA_URL"));
    // This library sends no credentials by itself. An API copies the interceptor when it is made.
    http.setRequestInterceptor(
        request -> {
          if (accessToken != null) request.header("Authorization", "Bearer " + accessToken);
        });
    accounts = new AccountsApi(http);
  }

  @Override
  public Map<String, Object> answer(Exchange.Request request) throws ApiException, IOException {
    try {
      return switch (request.step()) {
        case "login" -> login(request);
        case "create" -> create(request);
        case "search" -> search(request);
        case "change" -> change(request);
        case "remove" -> remove(request);
        default -> throw new IllegalArgumentException(request.step());
      };
    } catch (ApiException refused) {
      return refusal(refused);
    }
  }

  private Map<String, Object> login(Exchange.Request request) throws ApiException {
    var login = new Login().email(request.email()).password(request.password());
    var session = new SignInApi(http).login(login).getData();
    accessToken = session.getAccessToken();
    return Map.of("company", session.getCompany().getName());
  }

  private Map<String, Object> create(Exchange.Request request) throws ApiException {
    var account =
        new CreateAccount()
            .name(request.name())
            .industry(request.industry())
            .website(request.website())
            .employees(request.employees());
    return account(accounts.createAccountWithHttpInfo(account, request.key()));
  }

  private Map<String, Object> search(Exchange.Request request) throws ApiException {
    var page =
        accounts.listAccounts(
            APIListAccountsRequest.newBuilder()
                .name(request.names())
                .createdAt(request.created())
                .createdAtGte(request.since())
                .industryIsNull(request.unclassified())
                .sort(request.sort())
                .limit(request.limit())
                .cursor(request.cursor())
                .build());
    var answer = new HashMap<String, Object>();
    answer.put("names", page.getData().stream().map(Account::getName).toList());
    answer.put("next", page.getMeta().getNextCursor());
    return answer;
  }

  private Map<String, Object> change(Exchange.Request request) throws ApiException {
    // What is set to null is sent as null; what is not set is not sent.
    var changes = new UpdateAccount().employees(request.employees()).website(null);
    return account(accounts.updateAccountWithHttpInfo(request.id(), changes, request.etag()));
  }

  private Map<String, Object> remove(Exchange.Request request) throws ApiException {
    return Map.of("status", accounts.deleteAccountWithHttpInfo(request.id(), null, request.etag()).getStatusCode());
  }

  /** An account as sequence.py reads it. */
  private static Map<String, Object> account(ApiResponse<AccountAnswer> answered) {
    var account = answered.getData().getData();
    var read = new HashMap<String, Object>();
    read.put("id", account.getId());
    read.put("name", account.getName());
    read.put("industry", account.getIndustry());
    read.put("website", account.getWebsite());
    read.put("employees", account.getEmployees());
    read.put("owner", account.getOwner().getName());
    read.put("created", account.getCreatedAt());
    read.put("deleted", account.getDeletedAt());
    read.put("etag", header(answered, "etag"));
    read.put("replayed", header(answered, "idempotency-replayed"));
    return read;
  }

  /** The names are as the server writes them: what the generated code makes of the headers does not ignore case. */
  private static String header(ApiResponse<?> answered, String name) {
    var values = answered.getHeaders().get(name);
    return values == null ? null : values.get(0);
  }

  /** Problems come as text. */
  private Map<String, Object> refusal(ApiException refused) throws IOException {
    var problem = http.getObjectMapper().readValue(refused.getResponseBody(), Problem.class);
    return Map.of(
        "status", refused.getCode(),
        "code", problem.getCode(),
        "pointers", problem.getErrors().stream().map(ProblemEntry::getPointer).toList());
  }
}
