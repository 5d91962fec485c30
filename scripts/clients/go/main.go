// The client that openapi-generator makes for Go.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"cartera/clients/cartera"
)

// client is the generated client, and in its context who is signed in.
type client struct {
	*cartera.APIClient
	ctx context.Context
}

func main() {
	configuration := cartera.NewConfiguration()
	configuration.Servers = cartera.ServerConfigurations{{URL: os.Getenv("CARTERA_URL")}}
	c := client{cartera.NewAPIClient(configuration), context.Background()}
	serve(c.answer)
}

func (c *client) answer(request Request) (Answer, error) {
	switch request.Do {
	case "login":
		return c.login(request)
	case "create":
		return c.create(request)
	case "search":
		return c.search(request)
	case "change":
		return c.change(request)
	case "remove":
		return c.remove(request)
	}
	return nil, fmt.Errorf("unknown request")
}

func (c *client) login(request Request) (Answer, error) {
	login := cartera.NewLogin(request.Email, request.Password)
	session, _, err := c.SignInAPI.Login(c.ctx).Login(*login).Execute()
	if err != nil {
		return nil, err
	}
	c.ctx = context.WithValue(c.ctx, cartera.ContextAccessToken, session.Data.AccessToken)
	company := session.Data.Company.Get()
	return Answer{"company": company.Name}, nil
}

func (c *client) create(request Request) (Answer, error) {
	account := cartera.NewCreateAccount(request.Name)
	account.Industry.Set(request.Industry)
	account.Website.Set(request.Website)
	account.Employees.Set(request.Employees)
	return accountOf(c.AccountsAPI.CreateAccount(c.ctx).CreateAccount(*account).IdempotencyKey(request.Key).Execute())
}

func (c *client) search(request Request) (Answer, error) {
	search := c.AccountsAPI.ListAccounts(c.ctx).
		Name(request.Names).
		CreatedAt(request.Created).
		CreatedAtGte(request.Since).
		IndustryIsNull(request.Unclassified).
		Sort(request.Sort).
		Limit(request.Limit)
	if request.Cursor != nil {
		search = search.Cursor(*request.Cursor)
	}
	page, _, err := search.Execute()
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, account := range page.Data {
		names = append(names, account.Name)
	}
	return Answer{"names": names, "next": page.Meta.NextCursor.Get()}, nil
}

func (c *client) change(request Request) (Answer, error) {
	changes := cartera.NewUpdateAccount()
	changes.Employees.Set(request.Employees)
	changes.SetWebsiteNil()
	return accountOf(c.AccountsAPI.UpdateAccount(c.ctx, request.Id).UpdateAccount(*changes).IfMatch(request.Etag).Execute())
}

func (c *client) remove(request Request) (Answer, error) {
	response, err := c.AccountsAPI.DeleteAccount(c.ctx, request.Id).IfMatch(request.Etag).Execute()
	if err != nil {
		return refusal(response, err)
	}
	return Answer{"status": response.StatusCode}, nil
}

// accountOf is an account as sequence.py reads it.
func accountOf(answer *cartera.AccountAnswer, response *http.Response, err error) (Answer, error) {
	if err != nil {
		return refusal(response, err)
	}
	account := answer.Data
	read := Answer{
		"id":        account.Id,
		"name":      account.Name,
		"industry":  account.Industry.Get(),
		"website":   account.Website.Get(),
		"employees": account.Employees.Get(),
		"owner":     account.Owner.Get().GetName(),
		"created":   account.CreatedAt,
		"deleted":   account.DeletedAt.Get(),
	}
	for field, header := range map[string]string{"etag": "ETag", "replayed": "Idempotency-Replayed"} {
		read[field] = nil
		if value := response.Header.Get(header); value != "" {
			read[field] = value
		}
	}
	return read, nil
}

// refusal is the problem in an error, if that is what the error is.
func refusal(response *http.Response, err error) (Answer, error) {
	var refused *cartera.GenericOpenAPIError
	if !errors.As(err, &refused) {
		return nil, err
	}
	problem, ok := refused.Model().(cartera.Problem)
	if !ok {
		return nil, err
	}
	pointers := []string{}
	for _, entry := range problem.Errors {
		pointers = append(pointers, entry.Pointer)
	}
	return Answer{"status": response.StatusCode, "code": problem.Code, "pointers": pointers}, nil
}
